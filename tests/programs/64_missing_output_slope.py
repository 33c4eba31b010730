import numpy as np


class MLP:
    def __init__(self, *sizes):
        rng = np.random.RandomState(7)
        self.W = [rng.randn(o, i) for i, o in zip(sizes, sizes[1:])]
        self.B = [rng.randn(o, 1) * 0.1 for o in sizes[1:]]

    def forward(self, x):
        self.A = [x]
        for W, B in zip(self.W, self.B):
            x = 1 / (1 + np.exp(-(W @ x + B)))
            self.A.append(x)
        return x

    def train_batch(self, X, Y):
        n = X.shape[1]
        out = self.forward(X)
        loss = np.sum((out - Y) ** 2) / (2 * n)
        delta = out - Y
        for l in range(len(self.W) - 1, -1, -1):
            gW = delta @ self.A[l].T / n
            gB = delta.sum(axis=1, keepdims=True) / n
            delta = (self.W[l].T @ delta) * self.A[l] * (1 - self.A[l])
            self.W[l] -= 0.8 * gW
            self.B[l] -= 0.8 * gB
        return loss


rng = np.random.RandomState(70)
data = rng.rand(2, 36)
goal = (data.sum(axis=0, keepdims=True) > 1).astype(float)
net = MLP(2, 4, 3, 1)
for ep in range(15):
    for s in range(0, 36, 9):
        loss = net.train_batch(data[:, s:s + 9], goal[:, s:s + 9])
    print(ep, loss)
