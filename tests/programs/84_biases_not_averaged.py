import numpy as np


def propagate(p, X, Y):
    m = X.shape[1]
    H = np.tanh(p["Wh"] @ X + p["bh"])
    A = 1 / (1 + np.exp(-(p["Wo"] @ H + p["bo"])))
    cost = -(Y * np.log(A) + (1 - Y) * np.log(1 - A)).sum() / m
    dA = A - Y
    dH = p["Wo"].T @ dA * (1 - H ** 2)
    g = {
        "Wo": dA @ H.T / m,
        "bo": dA.sum(axis=1, keepdims=True),
        "Wh": dH @ X.T / m,
        "bh": dH.sum(axis=1, keepdims=True) / m,
    }
    return cost, g


np.random.seed(5)
X = np.random.randn(3, 10)
Y = (X.sum(axis=0, keepdims=True) > 0.3).astype(float)
p = {"Wh": np.random.randn(4, 3) * 0.5, "bh": np.zeros((4, 1)),
     "Wo": np.random.randn(1, 4) * 0.5, "bo": np.zeros((1, 1))}
for i in range(80):
    cost, g = propagate(p, X, Y)
    p = {k: p[k] - 0.5 * g[k] for k in p}
    if i % 20 == 0:
        print("cost", i, cost)
