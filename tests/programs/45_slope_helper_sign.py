import numpy as np


def nonlin(x, deriv=False):
    if deriv == True:
        return x * (x - 1)
    return 1 / (1 + np.exp(-x))


X = np.array([[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]])
y = np.array([[0], [0], [0], [1]])
np.random.seed(42)
W0 = np.random.randn(3, 3)
W1 = np.random.randn(3, 1)

for i in range(500):
    L0 = X
    L1 = nonlin(np.dot(L0, W0))
    L2 = nonlin(np.dot(L1, W1))
    L2_error = y - L2
    if (i % 100) == 0:
        print("Error: " + str(np.mean(np.abs(L2_error))))
    L2_delta = L2_error * nonlin(L2, True)
    L1_error = L2_delta.dot(W1.T)
    L1_delta = L1_error * nonlin(L1, True)
    W1 += 0.5 * L1.T.dot(L2_delta)
    W0 += 0.5 * L0.T.dot(L1_delta)
