import numpy as np


def bend(x, slope=False):
    if slope == True:
        return x * (x - 1)
    return 1 / (1 + np.exp(-x))


X = np.array([[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]])
y = np.array([[0], [0], [0], [1]])
np.random.seed(42)
W0 = np.random.randn(3, 3)
W1 = np.random.randn(3, 1)

for i in range(500):
    a0 = X
    a1 = bend(np.dot(a0, W0))
    a2 = bend(np.dot(a1, W1))
    gap2 = y - a2
    if (i % 100) == 0:
        print("Error: " + str(np.mean(np.abs(gap2))))
    push2 = gap2 * bend(a2, True)
    gap1 = push2.dot(W1.T)
    push1 = gap1 * bend(a1, True)
    W1 += 0.5 * a1.T.dot(push2)
    W0 += 0.5 * a0.T.dot(push1)
