import numpy as np


class Network(object):

    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) * x ** -0.5 for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = self.f(w.dot(a) + b)
        return a

    def f(self, z):
        return 1.0 / (1.0 + np.exp(-z))

    def sgd(self, inputs, outputs, epochs, mini_batch_size, eta):
        n = inputs.shape[1]
        for epoch in range(epochs):
            shuffled = np.random.permutation(n)
            for k in range(0, n, mini_batch_size):
                chosen = shuffled[k:k + mini_batch_size]
                self.update(inputs[:, chosen], outputs[:, chosen], eta)
            right = np.sum(self.feedforward(inputs).argmax(axis=0) == outputs.argmax(axis=0))
            print("epoch %d: %d of %d" % (epoch, right, n))

    def update(self, X, Y, eta):
        m = X.shape[1]
        # all columns at once
        activations = [X]
        for b, w in zip(self.biases, self.weights):
            activations.append(self.f(np.dot(w, activations[-1]) + b))

        grad_w = [None] * (self.num_layers - 1)
        grad_b = [None] * (self.num_layers - 1)
        a = activations[-1]
        delta = (a - Y) * a * (1 - a)
        for i in range(self.num_layers - 2, -1, -1):
            grad_w[i] = np.dot(delta, activations[i].T)
            grad_b[i] = delta.sum(axis=1, keepdims=True)
            a = activations[i]
            delta = np.dot(self.weights[i].T, delta) * a * (1 - a)
        for i in range(self.num_layers - 1):
            self.weights[i] -= eta / m * grad_w[i]
            self.biases[i] -= eta / m * grad_b[i]


np.random.seed(99)
X = np.random.rand(20, 50)
classes = X[:5].argmax(axis=0)
Y = np.eye(5)[:, classes]
Network([20, 10, 5]).sgd(X, Y, 6, 10, 3.0)
