import numpy as np

rng = np.random.RandomState(28)


class FC:
    def __init__(self, i, o):
        self.w = rng.normal(0, 1 / np.sqrt(i), (i, o))
        self.b = np.zeros(o)

    def fwd(self, a):
        self.a = a
        return a @ self.w + self.b

    def bwd(self, g, lr):
        back = g @ self.w.T
        self.w -= lr * self.a.T @ g
        self.b -= lr * g.sum(axis=0)
        return back


class Relu:
    def fwd(self, a):
        self.a = a
        return np.maximum(a, 0)

    def bwd(self, g, lr):
        return g * (g > 0)


net = [FC(3, 7), Relu(), FC(7, 3)]
X = rng.randn(30, 3)
y = np.abs(X).argmax(axis=1)
for epoch in range(10):
    for k in range(0, 30, 10):
        out = X[k:k + 10]
        for part in net:
            out = part.fwd(out)
        z = out - out.max(axis=1, keepdims=True)
        logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        loss = -logp[np.arange(10), y[k:k + 10]].mean()
        g = np.exp(logp)
        g[np.arange(10), y[k:k + 10]] -= 1
        g /= 10
        for part in reversed(net):
            g = part.bwd(g, 0.3)
    print(epoch, loss)
