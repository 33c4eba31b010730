"""A 2-2-1 network trained by hand. The loss goes down nicely; two of the four gradients are wrong all the same."""

import numpy as np

X = np.array([[0.1, 0.7], [0.4, 0.9], [0.3, 0.2], [0.8, 0.4]])
Y = np.array([[1.0], [1.0], [0.0], [0.0]])
rng = np.random.default_rng(0)
W1, b1 = rng.normal(size=(2, 2)), np.zeros((1, 2))
W2, b2 = rng.normal(size=(2, 1)), np.zeros((1, 1))
lr = 0.5


def sigmoid(z):
    """1/(1 + exp(-z))."""
    return 1 / (1 + np.exp(-z))


for epoch in range(2000):
    H = sigmoid(X @ W1 + b1)
    P = sigmoid(H @ W2 + b2)
    loss = np.mean((P - Y) ** 2)

    D2 = 2 * (P - Y) / len(X) * P * (1 - P)
    W2 = W2 - lr * H.T @ D2
    b2 = b2 - lr * D2.sum(axis=0, keepdims=True)
    D1 = (D2 @ W2.T) * H * (1 - H)
    W1 = W1 - lr * X.T @ D1
    b1 = b1 - lr * D1.sum(axis=0, keepdims=True)
    if epoch % 500 == 0:
        print(f"{epoch:4}  {loss:.4f}")
