import numpy as np

np.random.seed(36)
X = np.random.randn(25, 2)
y = ((X ** 2).sum(axis=1, keepdims=True) < 1.2).astype(int)
W1 = np.random.randn(2, 6)
b1 = np.zeros((1, 6))
W2 = np.random.randn(6, 1)
b2 = np.zeros((1, 1))
learning_rate = 0.4


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward_pass():
    a1 = np.tanh(X.dot(W1) + b1)
    return a1, sigmoid(a1.dot(W2) + b2)


def backward_pass(a1, a2):
    dz2 = (a2 - y) / len(y)
    dz1 = dz2.dot(W2.T) * a1 * (1 - a1)
    return X.T.dot(dz1), dz1.sum(0, keepdims=True), a1.T.dot(dz2), dz2.sum(0, keepdims=True)


for i in range(150):
    a1, a2 = forward_pass()
    loss = -np.mean(y * np.log(a2) + (1 - y) * np.log(1 - a2))
    dW1, db1, dW2, db2 = backward_pass(a1, a2)
    W1 -= learning_rate * dW1
    b1 -= learning_rate * db1
    W2 -= learning_rate * dW2
    b2 -= learning_rate * db2
    if not i % 50:
        print(f"iteration {i}, loss {loss:.3f}")
