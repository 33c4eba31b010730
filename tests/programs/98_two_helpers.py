import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def dsigmoid(x):
    return sigmoid(x) * (1 - sigmoid(x))


class Net:
    def __init__(self, i, h, o, lr=0.3):
        rng = np.random.RandomState(19)
        self.w_ih = rng.uniform(-1, 1, (h, i))
        self.w_ho = rng.uniform(-1, 1, (o, h))
        self.lr = lr

    def train(self, x, t):
        x = np.array(x).reshape(-1, 1)
        t = np.array(t).reshape(-1, 1)
        zh = self.w_ih @ x
        h = sigmoid(zh)
        zo = self.w_ho @ h
        o = sigmoid(zo)
        loss = 0.5 * np.sum((t - o) ** 2)
        err_o = t - o
        err_h = self.w_ho.T @ err_o
        grad_ho = (err_o * dsigmoid(zo)) @ h.T
        grad_ih = (err_h * dsigmoid(h)) @ x.T
        self.w_ho += self.lr * grad_ho
        self.w_ih += self.lr * grad_ih
        return loss


net = Net(3, 4, 2)
for e in range(30):
    a = net.train([1.0, 0.2, 0.1], [0.9, 0.1])
    b = net.train([0.1, 0.8, 1.0], [0.2, 0.7])
    print(e, a + b)
