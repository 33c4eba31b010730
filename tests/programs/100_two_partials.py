import math


def f(z):
    return 1 / (1 + math.exp(-z))


class N221:
    def __init__(self):
        self.w1, self.w2, self.w3 = 0.4, -0.7, 0.2
        self.w4, self.w5, self.w6 = 0.9, -0.6, 1.2
        self.b1 = self.b2 = self.b3 = 0.1

    def train(self, x1, x2, t):
        h1 = f(self.w1 * x1 + self.w2 * x2 + self.b1)
        h2 = f(self.w3 * x1 + self.w4 * x2 + self.b2)
        o = f(self.w5 * h1 + self.w6 * h2 + self.b3)
        loss = (t - o) ** 2
        do = -2 * (t - o) * o * (1 - o)
        dh1 = do * self.w5
        dh2 = do * self.w6
        s1 = h1 * (1 - h1)
        s2 = h2 * (1 - h2)
        self.w1 -= 0.2 * dh1 * s1 * x1
        self.w2 -= 0.2 * dh1 * s1 * x2
        self.b1 -= 0.2 * do * s1
        self.w3 -= 0.2 * dh2 * s2 * x2
        self.w4 -= 0.2 * dh2 * s2 * x1
        self.b2 -= 0.2 * dh2 * s2
        self.w5 -= 0.2 * do * h1
        self.w6 -= 0.2 * do * h2
        self.b3 -= 0.2 * do
        return loss


net = N221()
for k in range(40):
    total = net.train(0.2, 0.5, 1) + net.train(0.9, 0.1, 0) + net.train(0.4, 0.8, 1)
print(total)
