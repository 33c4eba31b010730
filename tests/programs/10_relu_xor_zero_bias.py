import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)

np.random.seed(21)
W1 = np.random.randn(2, 6)
b1 = np.zeros((1, 6))
W2 = np.random.randn(6, 1)
b2 = np.zeros((1, 1))
lr = 0.5
m = len(X)

for epoch in range(1, 501):
    Z1 = X.dot(W1) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = A1.dot(W2) + b2
    A2 = 1 / (1 + np.exp(-Z2))

    loss = -(Y * np.log(A2 + 1e-15) + (1 - Y) * np.log(1 - A2 + 1e-15)).sum() / m

    dZ2 = (A2 - Y) / m
    dW2 = A1.T.dot(dZ2)
    db2 = dZ2.sum(axis=0, keepdims=True)
    dA1 = dZ2.dot(W2.T)
    dZ1 = np.where(Z1 > 0, dA1, 0)     # slope of relu
    dW1 = X.T.dot(dZ1)
    db1 = dZ1.sum(axis=0, keepdims=True)

    W2 -= lr * dW2
    b2 -= lr * db2
    W1 -= lr * dW1
    b1 -= lr * db1

    if epoch % 100 == 0:
        print(epoch, loss)
