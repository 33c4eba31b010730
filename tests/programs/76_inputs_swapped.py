from math import exp


def squash(z):
    return 1 / (1 + exp(-z))


class Tiny:
    def __init__(self, lr):
        self.w_a1, self.w_a2 = 0.6, -0.5
        self.w_b1, self.w_b2 = -0.2, 0.7
        self.v_a, self.v_b = 0.9, -0.8
        self.lr = lr

    def step(self, x1, x2, y):
        a = squash(self.w_a1 * x1 + self.w_a2 * x2)
        b = squash(self.w_b1 * x1 + self.w_b2 * x2)
        out = squash(self.v_a * a + self.v_b * b)
        loss = (out - y) ** 2 / 2
        d = (out - y) * out * (1 - out)
        d_a = d * self.v_a * a * (1 - a)
        d_b = d * self.v_b * b * (1 - b)
        self.v_a -= self.lr * d * a
        self.v_b -= self.lr * d * b
        self.w_a1 -= self.lr * d_a * x1
        self.w_a2 -= self.lr * d_a * x2
        self.w_b1 -= self.lr * d_b * x2
        self.w_b2 -= self.lr * d_b * x1
        return loss


t = Tiny(0.7)
for i in range(40):
    loss = sum(t.step(*row) for row in [(0.9, 0.1, 1), (0.2, 0.8, 0), (0.7, 0.6, 1)])
print("sum of losses:", loss)
