import numpy as np

np.random.seed(41)
X = np.random.rand(10, 3)
Y = (X[:, [0]] > X[:, [2]]) * 1.0
W1, W2, W3 = np.random.randn(3, 4), np.random.randn(4, 4), np.random.randn(4, 1)


def s(q):
    return 1 / (1 + np.exp(-q))


for n in range(300):
    A1 = s(X @ W1)
    A2 = s(A1 @ W2)
    A3 = s(A2 @ W3)
    cost = 0.5 * np.sum((A3 - Y) ** 2) / len(X)
    D3 = (A3 - Y) * A3 * (1 - A3) / len(X)
    D2 = D3 @ W3.T * A2 * (1 - A2)
    D1 = D2 @ W2.T * A2 * (1 - A2)
    W3 -= 0.9 * A2.T @ D3
    W2 -= 0.9 * A1.T @ D2
    W1 -= 0.9 * X.T @ D1
    if n % 100 == 0:
        print(n, cost)
