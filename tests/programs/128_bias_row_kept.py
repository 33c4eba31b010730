import numpy as np


def cost(theta, X, y, lam):
    h = 1 / (1 + np.exp(-X @ theta))
    m = len(y)
    return (-y @ np.log(h) - (1 - y) @ np.log(1 - h)) / m + lam / (2 * m) * np.sum(theta[1:] ** 2)


def gradient(theta, X, y, lam):
    h = 1 / (1 + np.exp(-X @ theta))
    m = len(y)
    return X.T @ (h - y) / m + lam / m * theta


rng = np.random.RandomState(29)
pts = rng.randn(25, 2)
y = (pts[:, 0] + pts[:, 1] > 0.4).astype(float)
X = np.c_[np.ones(25), pts, pts[:, 0] * pts[:, 1]]
theta = rng.randn(4)
for k in range(60):
    if k % 20 == 0:
        print("cost", cost(theta, X, y, 2.0))
    theta = theta - 0.5 * gradient(theta, X, y, 2.0)
