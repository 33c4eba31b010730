import numpy as np


def softmax(z):
    ez = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return ez / ez.sum(axis=-1, keepdims=True)


def softmax_derivative(p):
    return p * (1 - p)


def cross_entropy(p, t):
    return -np.mean(np.sum(t * np.log(p + 1e-12), axis=1))


np.random.seed(6)
X = np.random.randn(24, 2)
T = np.eye(3)[np.argmax(np.c_[X, -X.sum(axis=1)], axis=1)]
W1 = np.random.randn(2, 5) * 0.6
b1 = np.zeros(5)
W2 = np.random.randn(5, 3) * 0.6
b2 = np.zeros(3)
alpha = 0.3

for epoch in range(120):
    A1 = np.tanh(X @ W1 + b1)
    P = softmax(A1 @ W2 + b2)
    loss = cross_entropy(P, T)
    delta2 = (P - T) * softmax_derivative(P)
    delta1 = delta2 @ W2.T * (1 - A1 ** 2)
    n = len(X)
    W2 -= alpha * A1.T @ delta2 / n
    b2 -= alpha * delta2.sum(axis=0) / n
    W1 -= alpha * X.T @ delta1 / n
    b1 -= alpha * delta1.sum(axis=0) / n
    if epoch % 40 == 0:
        print(epoch, loss)
