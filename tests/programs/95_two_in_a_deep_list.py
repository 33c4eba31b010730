import numpy as np


class Deep:
    def __init__(self, sizes, seed):
        rng = np.random.RandomState(seed)
        self.W = [rng.randn(a, b) for a, b in zip(sizes[:-1], sizes[1:])]

    def activations(self, X):
        A = [X]
        for W in self.W:
            A.append(1 / (1 + np.exp(-A[-1] @ W)))
        return A

    def train(self, X, Y, lr, n):
        for k in range(n):
            A = self.activations(X)
            loss = np.sum((A[3] - Y) ** 2) / (2 * len(X))
            d3 = (A[3] - Y) * A[3] * (1 - A[3]) / len(X)
            d2 = d3 @ self.W[2].T * A[2] * (1 - A[2])
            d1 = d2 @ self.W[1] * A[1] * (1 - A[1])
            self.W[2] -= lr * A[1].T @ d3
            self.W[1] -= lr * A[1].T @ d2
            self.W[0] -= lr * A[0].T @ d1
            if k % 50 == 0:
                print(k, loss)


X = np.random.RandomState(1).rand(8, 3)
Y = X.mean(axis=1, keepdims=True)
Deep([3, 4, 4, 1], 2).train(X, Y, 0.7, 150)
