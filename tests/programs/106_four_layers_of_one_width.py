import numpy as np

np.random.seed(64)
X = np.random.rand(3, 3)
Y = np.random.rand(3, 3)
W1, W2, W3 = (np.random.randn(3, 3) for _ in range(3))
b1, b2, b3 = (0.1 * np.random.randn(1, 3) for _ in range(3))
lr = 0.4

for k in range(30):
    A1 = np.tanh(X @ W1 + b1)
    A2 = np.tanh(A1 @ W2 + b2)
    A3 = 1 / (1 + np.exp(-(A2 @ W3 + b3)))
    loss = np.sum((A3 - Y) ** 2) / (2 * len(X))

    dZ3 = (A3 - Y) * A3 * (1 - A3) / len(X)
    dW3 = A2.T @ dZ3
    db3 = dZ3.sum(axis=0, keepdims=True)
    dA2 = dZ3 @ W3.T
    dZ2 = dA2 * (1 - A2 ** 2)
    dW2 = A1.T @ dZ2
    db2 = dZ2.sum(axis=0, keepdims=True)
    dA1 = dZ2 @ W2.T
    dZ1 = dA1 * (1 - A1 ** 2)
    dW1 = X.T @ dZ1
    db1 = dZ1.sum(axis=0, keepdims=True)

    W3 = W3 - lr * dW3
    b3 = b3 - lr * db3
    W2 = W2 - lr * dW2
    b2 = b2 - lr * db2
    W1 = W1 - lr * dW1
    b1 = b1 - lr * db1
print(loss)
