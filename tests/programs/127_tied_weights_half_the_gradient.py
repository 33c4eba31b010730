import numpy as np

np.random.seed(16)
D = np.random.rand(15, 4)
W = np.random.randn(4, 2)
b = np.zeros(2)
for k in range(100):
    Z = 1 / (1 + np.exp(-(D @ W + b)))
    R = Z @ W.T
    loss = 0.5 * np.sum((R - D) ** 2) / len(D)
    dR = (R - D) / len(D)
    dZ = dR @ W * Z * (1 - Z)
    dW = D.T @ dZ
    W -= 0.1 * dW
    b -= 0.1 * dZ.sum(axis=0)
    if k % 25 == 0:
        print(k, loss)
