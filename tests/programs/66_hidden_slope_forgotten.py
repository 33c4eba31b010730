import numpy as np


class Network:
    def __init__(self, n_inputs, n_hidden, n_outputs, lr=0.1):
        rng = np.random.default_rng(26)
        self.weights1 = rng.standard_normal((n_inputs, n_hidden))
        self.bias1 = np.zeros(n_hidden)
        self.weights2 = rng.standard_normal((n_hidden, n_outputs))
        self.bias2 = np.zeros(n_outputs)
        self.lr = lr

    def forward(self, x):
        self.hidden = np.tanh(x @ self.weights1 + self.bias1)
        self.out = 1 / (1 + np.exp(-(self.hidden @ self.weights2 + self.bias2)))
        return self.out

    def loss(self, y):
        return np.mean((self.out - y) ** 2)

    def backward(self, x, y):
        grad_out = 2 * (self.out - y) / y.size * self.out * (1 - self.out)
        grad_hidden = grad_out @ self.weights2.T
        self.weights2 -= self.lr * self.hidden.T @ grad_out
        self.bias2 -= self.lr * grad_out.sum(axis=0)
        self.weights1 -= self.lr * x.T @ grad_hidden
        self.bias1 -= self.lr * grad_hidden.sum(axis=0)


def main():
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 1, (20, 2))
    y = (x[:, :1] > x[:, 1:]).astype(float)
    net = Network(2, 3, 1)
    for epoch in range(60):
        net.forward(x)
        if epoch % 20 == 0:
            print(epoch, net.loss(y))
        net.backward(x, y)


if __name__ == "__main__":
    main()
