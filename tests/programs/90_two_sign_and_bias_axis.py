import numpy as np


class Approx:
    def __init__(self):
        g = np.random.default_rng(11)
        self.W1, self.b1 = g.normal(size=(2, 6)) * 0.6, np.zeros((1, 6))
        self.W2, self.b2 = g.normal(size=(6, 2)) * 0.6, np.zeros((1, 2))

    def batch(self, X, Y, lr):
        A = np.tanh(X @ self.W1 + self.b1)
        P = A @ self.W2 + self.b2
        loss = np.mean((P - Y) ** 2)
        dP = 2 * (P - Y) / P.size
        dW2 = 2 * A.T @ dP
        db2 = dP.sum(axis=0, keepdims=True)
        dA = (dP @ self.W2.T) * (1 - A ** 2)
        dW1 = X.T @ dA
        db1 = np.sum(dA, keepdims=True)
        self.W1 -= lr * dW1
        self.b1 -= lr * db1
        self.W2 -= lr * dW2
        self.b2 -= lr * db2
        return loss


g = np.random.default_rng(0)
X = g.uniform(-1, 1, (32, 2))
Y = np.stack([X.sum(1), X.prod(1)], 1)
net = Approx()
for e in range(20):
    for k in range(0, 32, 8):
        loss = net.batch(X[k:k + 8], Y[k:k + 8], 0.1)
    print(e, loss)
