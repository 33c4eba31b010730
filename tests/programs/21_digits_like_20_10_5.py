import numpy as np


class ColumnNet(object):

    def __init__(self, shape):
        self.depth = len(shape)
        self.shape = shape
        self.biases = [np.random.randn(y, 1) for y in shape[1:]]
        self.weights = [np.random.randn(y, x) * x ** -0.5 for x, y in zip(shape[:-1], shape[1:])]

    def answer(self, a):
        for b, w in zip(self.biases, self.weights):
            a = self.f(w.dot(a) + b)
        return a

    def f(self, z):
        return 1.0 / (1.0 + np.exp(-z))

    def run(self, inputs, outputs, epochs, portion, pace):
        n = inputs.shape[1]
        for epoch in range(epochs):
            shuffled = np.random.permutation(n)
            for k in range(0, n, portion):
                chosen = shuffled[k:k + portion]
                self.one_batch(inputs[:, chosen], outputs[:, chosen], pace)
            right = np.sum(self.answer(inputs).argmax(axis=0) == outputs.argmax(axis=0))
            print("epoch %d: %d of %d" % (epoch, right, n))

    def one_batch(self, X, Y, pace):
        m = X.shape[1]
        # all columns at once
        activations = [X]
        for b, w in zip(self.biases, self.weights):
            activations.append(self.f(np.dot(w, activations[-1]) + b))

        grad_w = [None] * (self.depth - 1)
        grad_b = [None] * (self.depth - 1)
        a = activations[-1]
        delta = (a - Y) * a * (1 - a)
        for i in range(self.depth - 2, -1, -1):
            grad_w[i] = np.dot(delta, activations[i].T)
            grad_b[i] = delta.sum(axis=1, keepdims=True)
            a = activations[i]
            delta = np.dot(self.weights[i].T, delta) * a * (1 - a)
        for i in range(self.depth - 1):
            self.weights[i] -= pace / m * grad_w[i]
            self.biases[i] -= pace / m * grad_b[i]


np.random.seed(99)
X = np.random.rand(20, 50)
classes = X[:5].argmax(axis=0)
Y = np.eye(5)[:, classes]
ColumnNet([20, 10, 5]).run(X, Y, 6, 10, 3.0)
