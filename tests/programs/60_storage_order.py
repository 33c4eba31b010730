import math
import random


class FlatNet:
    """2 inputs, 3 hidden, 1 output; the weights of a layer in one flat list."""

    def __init__(self):
        random.seed(33)
        self.w = [random.uniform(-1, 1) for _ in range(6)]  # neuron by neuron: 2 weights each
        self.u = [random.uniform(-1, 1) for _ in range(3)]

    def think(self, x):
        self.h = []
        for n in range(3):
            s = 0
            for i in range(2):
                s += x[i] * self.w[n * 2 + i]
            self.h.append(1 / (1 + math.exp(-s)))
        s = sum(u * h for u, h in zip(self.u, self.h))
        return 1 / (1 + math.exp(-s))

    def learn(self, x, t, rate):
        o = self.think(x)
        loss = 0.5 * (o - t) ** 2
        d = (o - t) * o * (1 - o)
        dh = [d * self.u[n] * self.h[n] * (1 - self.h[n]) for n in range(3)]
        for n in range(3):
            self.u[n] -= rate * d * self.h[n]
            for i in range(2):
                self.w[i * 3 + n] -= rate * dh[n] * x[i]
        return loss


net = FlatNet()
for epoch in range(30):
    total = 0
    for x, t in (([0.2, 0.9], 1), ([0.7, 0.1], 0), ([0.9, 0.8], 1)):
        total += net.learn(x, t, 0.5)
    print(epoch, total)
