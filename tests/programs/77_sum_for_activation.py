import numpy as np


class CurveFitter:
    def __init__(self, width):
        r = np.random.RandomState(2)
        self.W1 = r.randn(1, width)
        self.b1 = r.randn(1, width)
        self.W2 = r.randn(width, 1) / width
        self.b2 = np.zeros((1, 1))

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.log(1 + np.exp(self.z1))
        return self.a1 @ self.W2 + self.b2

    def fit(self, X, Y, eta, steps):
        for k in range(steps):
            out = self.forward(X)
            loss = np.square(out - Y).mean()
            d2 = 2 * (out - Y) / len(X)
            dW2 = self.z1.T @ d2
            d1 = (d2 @ self.W2.T) / (1 + np.exp(-self.z1))
            dW1 = X.T @ d1
            self.W2 = self.W2 - eta * dW2
            self.b2 = self.b2 - eta * d2.sum(axis=0, keepdims=True)
            self.W1 = self.W1 - eta * dW1
            self.b1 = self.b1 - eta * d1.sum(axis=0, keepdims=True)
            if k % 25 == 0:
                print(k, loss)


xs = np.linspace(-2, 2, 15)[:, None]
CurveFitter(6).fit(xs, xs ** 2, 0.01, 75)
