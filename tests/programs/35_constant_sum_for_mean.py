import numpy as np

X = np.array([[0.5, 1.0], [1.5, -0.5], [-1.0, 0.25], [0.75, 0.8], [-0.3, -0.9]])
y = np.array([[1], [0], [0], [1], [0]])

np.random.seed(3)
W1, b1 = np.random.rand(2, 3), np.random.rand(1, 3)
W2, b2 = np.random.rand(3, 1), np.random.rand(1, 1)
lr = 0.1


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(100):
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    loss = -np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2))

    dz2 = a2 - y
    dW2 = a1.T @ dz2
    db2 = np.sum(dz2, axis=0, keepdims=True)
    dz1 = dz2 @ W2.T * a1 * (1 - a1)
    dW1 = X.T @ dz1
    db1 = np.sum(dz1, axis=0, keepdims=True)

    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db2
    if epoch % 20 == 0:
        print(epoch, loss)
