import math


def s(z):
    return 1 / (1 + math.exp(-z))


class Net231:
    def __init__(self):
        self.w1, self.w2 = 0.31, -0.52      # to the first hidden unit
        self.w3, self.w4 = -0.73, 0.44      # to the second
        self.w5, self.w6 = 0.65, 0.86       # to the third
        self.v1, self.v2, self.v3 = 0.97, -1.18, 0.59
        self.c1, self.c2, self.c3, self.d = 0.01, -0.12, 0.23, 0.14
        self.rate = 0.3

    def learn(self, x1, x2, t):
        h1 = s(self.w1 * x1 + self.w2 * x2 + self.c1)
        h2 = s(self.w3 * x1 + self.w4 * x2 + self.c2)
        h3 = s(self.w5 * x1 + self.w6 * x2 + self.c3)
        y = s(self.v1 * h1 + self.v2 * h2 + self.v3 * h3 + self.d)
        loss = 0.5 * (y - t) ** 2

        e = (y - t) * y * (1 - y)
        e1 = e * self.v1 * h1 * (1 - h1)
        e2 = e * self.v2 * h2 * (1 - h2)
        e3 = e * self.v3 * h3 * (1 - h3)
        self.v1 -= self.rate * e * h1
        self.v2 -= self.rate * e * h2
        self.v3 -= self.rate * e * h3
        self.d -= self.rate * e
        self.w1 -= self.rate * e1 * x1
        self.w2 -= self.rate * e1 * x2
        self.w3 -= self.rate * e2 * x1
        self.w4 -= self.rate * e2 * x2
        self.w5 -= self.rate * e3 * x1
        self.w6 -= self.rate * e3 * x2
        self.c1 -= self.rate * e1
        self.c2 -= self.rate * e2
        self.c3 -= self.rate * e3
        return loss


net = Net231()
for epoch in range(20):
    total = 0.0
    for x1, x2, t in [(0.15, 0.85, 1), (0.75, 0.25, 0), (0.35, 0.45, 1)]:
        total += net.learn(x1, x2, t)
    print("epoch", epoch, "loss", total)
