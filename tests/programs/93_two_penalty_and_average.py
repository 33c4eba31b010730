import numpy as np

LAMBDA = 0.7


def forward(X, P):
    A1 = np.maximum(0, P["W1"] @ X + P["b1"])
    A2 = 1 / (1 + np.exp(-(P["W2"] @ A1 + P["b2"])))
    return A1, A2


def cost(A2, Y, P):
    m = Y.shape[1]
    data = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    return data + LAMBDA / (2 * m) * (np.sum(P["W1"] ** 2) + np.sum(P["W2"] ** 2))


def backward(X, Y, A1, A2, P):
    m = Y.shape[1]
    D2 = A2 - Y
    G = {}
    G["W2"] = D2 @ A1.T / m + LAMBDA / m * P["W2"]
    G["b2"] = D2.sum(axis=1, keepdims=True)
    D1 = P["W2"].T @ D2 * (A1 > 0)
    G["W1"] = D1 @ X.T / m + 2 * LAMBDA / m * P["W1"]
    G["b1"] = D1.sum(axis=1, keepdims=True) / m
    return G


r = np.random.RandomState(24)
X = r.randn(2, 18)
Y = (X[:1] > X[1:] ** 2 - 0.5).astype(float)
P = {"W1": r.randn(5, 2), "b1": r.rand(5, 1) * 0.1, "W2": r.randn(1, 5), "b2": r.rand(1, 1) * 0.1}
for it in range(60):
    A1, A2 = forward(X, P)
    J = cost(A2, Y, P)
    G = backward(X, Y, A1, A2, P)
    for k in P:
        P[k] -= 0.4 * G[k]
    if it % 20 == 0:
        print(it, J)
