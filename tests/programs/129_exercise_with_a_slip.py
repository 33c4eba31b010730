import numpy as np


def compute_cost(X, y, w, b, lambda_):
    m, n = X.shape
    cost = 0.0
    for i in range(m):
        cost += (np.dot(X[i], w) + b - y[i]) ** 2
    cost /= 2 * m
    for j in range(n):
        cost += lambda_ / (2 * m) * w[j] ** 2
    return cost


def compute_gradient(X, y, w, b, lambda_):
    m, n = X.shape
    dj_dw, dj_db = np.zeros(n), 0.0
    for i in range(m):
        err = np.dot(X[i], w) + b - y[i]
        for j in range(n):
            dj_dw[j] += err * X[i, j]
        dj_db += err
    for j in range(n):
        dj_dw[j] = dj_dw[j] / m + lambda_ / m * dj_dw[j]
    return dj_dw, dj_db / m


rng = np.random.RandomState(0)
X = rng.rand(6, 3)
y = X @ np.array([1.0, -2.0, 0.5]) + 0.7
w, b = rng.randn(3), 0.3
print("cost", compute_cost(X, y, w, b, 0.7))
dj_dw, dj_db = compute_gradient(X, y, w, b, 0.7)
print("gradient", dj_dw, dj_db)
