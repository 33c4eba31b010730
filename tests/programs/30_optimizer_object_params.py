import numpy as np


class Param:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Module:
    def params(self):
        return []


class Linear(Module):
    def __init__(self, i, o, rng):
        self.w = Param(rng.standard_normal((i, o)) / i ** 0.5)
        self.b = Param(np.zeros((1, o)))

    def __call__(self, x):
        self.saved = x
        return x @ self.w.data + self.b.data

    def back(self, d):
        self.w.grad += self.saved.T @ d
        self.b.grad += d.sum(0, keepdims=True)
        return d @ self.w.data.T

    def params(self):
        return [self.w, self.b]


class Tanh(Module):
    def __call__(self, x):
        self.y = np.tanh(x)
        return self.y

    def back(self, d):
        return d * (1 - self.y * self.y)


class SGD:
    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    def zero_grad(self):
        for p in self.params:
            p.grad.fill(0)

    def step(self):
        for p in self.params:
            p.data -= self.lr * p.grad


rng = np.random.default_rng(3)
x = rng.uniform(-1, 1, (30, 2))
t = ((x[:, :1] > 0) ^ (x[:, 1:] > 0)).astype(float)
l1, act, l2 = Linear(2, 6, rng), Tanh(), Linear(6, 1, rng)
sgd = SGD(l1.params() + act.params() + l2.params(), lr=0.8)
for step in range(100):
    logit = l2(act(l1(x)))
    p = np.clip(1 / (1 + np.exp(-logit)), 1e-7, 1 - 1e-7)
    loss = float(-(t * np.log(p) + (1 - t) * np.log(1 - p)).mean())
    sgd.zero_grad()
    l1.back(act.back(l2.back((p - t) / len(t))))
    sgd.step()
    if step % 25 == 0:
        print(step, loss)
