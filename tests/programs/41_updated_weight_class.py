import numpy as np


class NeuralNetwork:
    def __init__(self, x, y):
        self.input = x
        self.y = y
        np.random.seed(13)
        self.weights_ih = np.random.uniform(-1, 1, (x.shape[1], 4))
        self.weights_ho = np.random.uniform(-1, 1, (4, 1))
        self.lr = 0.8

    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def d_sigmoid(self, s):
        return s * (1 - s)

    def train(self, iterations):
        for it in range(iterations):
            hidden = self.sigmoid(np.dot(self.input, self.weights_ih))
            output = self.sigmoid(np.dot(hidden, self.weights_ho))

            output_error = self.y - output
            output_delta = output_error * self.d_sigmoid(output)
            self.weights_ho += self.lr * np.dot(hidden.T, output_delta)

            hidden_error = np.dot(output_delta, self.weights_ho.T)
            hidden_delta = hidden_error * self.d_sigmoid(hidden)
            self.weights_ih += self.lr * np.dot(self.input.T, hidden_delta)
            if it % 250 == 0:
                print("error:", np.mean(np.abs(output_error)))


X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
nn = NeuralNetwork(X, y)
nn.train(1000)
