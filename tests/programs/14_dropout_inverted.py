import numpy as np


class DropNet:
    def __init__(self, n_in, n_hid, keep=0.75, rate=0.1):
        self.keep = keep
        self.rate = rate
        self.w1 = np.random.normal(0, 0.5, (n_in, n_hid))
        self.c1 = np.full((1, n_hid), 0.1)
        self.w2 = np.random.normal(0, 0.5, (n_hid, 1))
        self.c2 = np.zeros((1, 1))

    def forward(self, x, training=True):
        self.x = x
        self.pre = np.dot(x, self.w1) + self.c1
        self.act = np.maximum(0.0, self.pre)
        if training:
            self.mask = (np.random.rand(*self.act.shape) < self.keep) / self.keep
            self.dropped = self.act * self.mask
        else:
            self.dropped = self.act
        self.out = 1.0 / (1.0 + np.exp(-(np.dot(self.dropped, self.w2) + self.c2)))
        return self.out

    def backward(self, t):
        d = (self.out - t) / len(t)
        gw2 = np.dot(self.dropped.T, d)
        gc2 = d.sum(axis=0, keepdims=True)
        d = np.dot(d, self.w2.T)
        d *= self.mask
        d *= self.pre > 0
        gw1 = np.dot(self.x.T, d)
        gc1 = d.sum(axis=0, keepdims=True)
        for p, g in ((self.w1, gw1), (self.c1, gc1), (self.w2, gw2), (self.c2, gc2)):
            p -= self.rate * g

    def train(self, X, T, epochs, size):
        for e in range(epochs):
            for a in range(0, len(X), size):
                p = self.forward(X[a:a + size])
                t = T[a:a + size]
                loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
                self.backward(t)
            print("epoch", e, loss)


np.random.seed(77)
X = np.random.uniform(-1, 1, (32, 4))
T = (X.sum(axis=1, keepdims=True) > 0) * 1.0
DropNet(4, 12).train(X, T, 8, 8)
