import numpy as np


def split(theta):
    return theta[:8].reshape(2, 4), theta[8:12].reshape(4, 1)


def gradient(theta, X, y):
    W, v = split(theta)
    h = 1 / (1 + np.exp(-X @ W))
    o = 1 / (1 + np.exp(-h @ v))
    cost = np.sum((o - y) ** 2) / (2 * len(X))
    d = (o - y) * o * (1 - o) / len(X)
    gv = h.T @ d
    gW = X.T @ (d @ v.T * h * (1 - h))
    return cost, np.concatenate([gW.T.ravel(), gv.ravel()])


np.random.seed(13)
X = np.random.rand(10, 2)
y = (X[:, :1] < X[:, 1:]).astype(float)
theta = np.random.randn(12)
for i in range(80):
    cost, g = gradient(theta, X, y)
    theta -= 0.8 * g
    if i % 20 == 0:
        print(i, cost)
