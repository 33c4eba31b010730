import numpy as np


class Fit:
    def __init__(self):
        r = np.random.RandomState(1)
        self.A, self.B, self.lr = r.randn(2, 5), r.randn(5, 1), 0.5

    def step(self, x, t):
        h = np.tanh(x @ self.A)
        y = h @ self.B
        cost = np.sum((y - t) ** 2) / (2 * len(x))
        dy = self.lr * (y - t) / len(x)
        dA = x.T @ ((dy @ self.B.T) * (1 - h * h))
        self.B -= self.lr * h.T @ dy
        self.A -= self.lr * dA
        return cost


x = np.random.RandomState(2).uniform(-1, 1, (14, 2))
t = x[:, :1] - x[:, 1:] ** 2
fit = Fit()
for i in range(100):
    c = fit.step(x, t)
print(c)
