import numpy as np


class SoftmaxNet(object):

    def __init__(self, D, H, C):
        r = np.random.RandomState(3)
        self.W1, self.b1 = 0.3 * r.randn(D, H), np.zeros((1, H))
        self.W2, self.b2 = 0.3 * r.randn(H, C), np.zeros((1, C))

    def fit(self, X, y, lr=0.5, epochs=60):
        N = X.shape[0]
        for ep in range(epochs):
            h = np.tanh(X.dot(self.W1) + self.b1)
            scores = h.dot(self.W2) + self.b2
            scores -= scores.max(axis=1, keepdims=True)
            probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
            loss = np.sum(-np.log(probs[np.arange(N), y])) / N

            dscores = probs.copy()
            dscores[np.arange(N), y] -= 1
            dscores /= N
            dW2 = h.T.dot(dscores)
            db2 = np.sum(dscores, axis=0, keepdims=True)
            dh = dscores.dot(self.W2.T) * (1 - h * h)
            dW1 = X.T.dot(dh)
            db1 = np.sum(dh)

            self.W1 -= lr * dW1
            self.b1 -= lr * db1
            self.W2 -= lr * dW2
            self.b2 -= lr * db2
            if ep % 20 == 0:
                print("epoch %d: loss %.4f" % (ep, loss))


rs = np.random.RandomState(17)
X = rs.randn(45, 2)
y = np.digitize(X[:, 0] + X[:, 1], [-0.6, 0.6])
SoftmaxNet(2, 6, 3).fit(X, y)
