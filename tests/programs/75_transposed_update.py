import numpy as np

X = np.array([[0.1, 0.9], [0.8, 0.4], [0.6, 0.7]])
T = np.array([[1.0], [0.0], [1.0]])
W = np.array([[0.3, -0.8], [0.5, 0.9]])
V = np.array([[0.7], [-0.4]])
g = lambda a: 1 / (1 + np.exp(-a))
for _ in range(200):
    H = g(X @ W)
    O = g(H @ V)
    E = ((O - T) ** 2).sum() / 2
    dO = (O - T) * O * (1 - O)
    dH = dO @ V.T * H * (1 - H)
    V -= 0.3 * H.T @ dO
    W -= 0.3 * dH.T @ X
print(E)
