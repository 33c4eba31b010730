import math


class Unit:
    def __init__(self, w, b):
        self.w, self.b = list(w), b

    def total(self, xs):
        return sum(a * x for a, x in zip(self.w, xs)) + self.b


class Net:
    def __init__(self):
        self.hidden = [Unit([0.4, -0.7], 0.1), Unit([0.9, 0.3], -0.2)]
        self.out = Unit([0.5, -1.1], 0.0)

    def train(self, x, t, lr):
        h = [math.tanh(u.total(x)) for u in self.hidden]
        y = self.out.total(h)
        loss = (y - t) ** 2 / 2
        d = y - t
        for k, u in enumerate(self.hidden):
            dk = d * (1 - h[k] * h[k])
            for i in range(len(x)):
                u.w[i] -= lr * dk * x[i]
            u.b -= lr * dk
        for k in range(len(h)):
            self.out.w[k] -= lr * d * h[k]
        self.out.b -= lr * d
        return loss


net = Net()
lessons = [((0.3, 0.6), 0.9), ((-0.4, 0.5), 0.1), ((0.8, -0.9), -0.1)]
for e in range(30):
    s = 0
    for x, t in lessons:
        s += net.train(x, t, 0.1)
    print(e, round(s, 5))
