import math
import random


def sigmoid(z):
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    e = math.exp(z)
    return e / (1 + e)


def bce(p, y):
    p = max(min(p, 1 - 1e-9), 1e-9)
    return -math.log(p) if y == 1 else -math.log(1 - p)


class Momentum221:
    def __init__(self, lr=0.3, mu=0.5):
        rnd = random.Random(4)
        self.w = [[rnd.gauss(0, 1) for _ in range(2)] for _ in range(2)]
        self.b = [0.0, 0.0]
        self.v = [rnd.gauss(0, 1) for _ in range(2)]
        self.c = 0.0
        self.lr, self.mu = lr, mu
        self.mw, self.mb, self.mv, self.mc = [[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0], [0.0, 0.0], 0.0

    def step(self, x, y):
        h = [sigmoid(self.w[k][0] * x[0] + self.w[k][1] * x[1] + self.b[k]) for k in range(2)]
        p = sigmoid(self.v[0] * h[0] + self.v[1] * h[1] + self.c)
        loss = bce(p, y)
        d = p - y
        gv = [d * hk for hk in h]
        gc = d
        gb = [d * self.v[k] * h[k] * (1 - h[k]) for k in range(2)]
        gw = [[gb[k] * xi for xi in x] for k in range(2)]
        # velocities first, parameters after
        self.mc = self.mu * self.mc + gc
        self.c -= self.lr * self.mc
        for k in range(2):
            self.mv[k] = self.mu * self.mv[k] + gv[k]
            self.mb[k] = self.mu * self.mb[k] + gb[k]
            self.v[k] -= self.lr * self.mv[k]
            self.b[k] -= self.lr * self.mb[k]
            for i in range(2):
                self.mw[k][i] = self.mu * self.mw[k][i] + gw[k][i]
                self.w[k][i] -= self.lr * self.mw[k][i]
        return loss


net = Momentum221()
best, patience = float("inf"), 0
for epoch in range(40):
    loss = sum(net.step(x, y) for x, y in [((0.9, 0.2), 1), ((0.1, 0.7), 0), ((0.6, 0.6), 1), ((0.3, 0.4), 0)])
    if loss < best - 1e-4:
        best, patience = loss, 0
    else:
        patience += 1
    if patience > 3:
        break
print("stopped at", epoch, best)
