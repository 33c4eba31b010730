import numpy as np


class Adam:
    def __init__(self, params, lr=0.01, b1=0.9, b2=0.999, eps=1e-8):
        self.params, self.lr, self.b1, self.b2, self.eps = params, lr, b1, b2, eps
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]
        self.t = 0

    def step(self, grads):
        self.t += 1
        for i, (p, g) in enumerate(zip(self.params, grads)):
            self.m[i] = self.b1 * self.m[i] + (1 - self.b1) * g
            self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * g * g
            mhat = self.m[i] / (1 - self.b1 ** self.t)
            vhat = self.v[i] / (1 - self.b2 ** self.t)
            p -= self.lr * mhat / (np.sqrt(vhat) + self.eps)


class TwoLayer:
    SLOPE = 0.1

    def __init__(self, d, h, k):
        self.p = [np.random.randn(d, h) / np.sqrt(d), np.zeros(h), np.random.randn(h, k) / np.sqrt(h), np.zeros(k)]

    def loss_and_grads(self, X, Y):
        W1, b1, W2, b2 = self.p
        z = X @ W1 + b1
        h = np.where(z > 0, z, self.SLOPE * z)
        out = h @ W2 + b2
        diff = out - Y
        loss = (diff ** 2).mean()
        dout = 2 * diff / diff.size
        dh = dout @ W2.T
        dz = dh * np.where(z > 0, 1.0, self.SLOPE)
        return loss, [X.T @ dz, dz.sum(axis=0), h.T @ dout, dout.sum(axis=0)]


np.random.seed(19)
X = np.random.rand(40, 3)
Y = np.stack([X[:, 0] * X[:, 1], X[:, 2] ** 2], axis=1)
net = TwoLayer(3, 10, 2)
opt = Adam(net.p, lr=0.02)
for epoch in range(20):
    for s in range(0, 40, 10):
        loss, g = net.loss_and_grads(X[s:s + 10], Y[s:s + 10])
        opt.step(g)
    if epoch % 5 == 0:
        print(epoch, loss)
