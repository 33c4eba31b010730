import numpy as np


def sig(x):
    return 1 / (1 + np.exp(-x))


class TinyLSTM:
    def __init__(self, n_in, n_cell):
        rng = np.random.RandomState(10)
        self.n = n_cell
        self.W = {k: rng.uniform(-0.6, 0.6, (n_cell, n_in + n_cell)) for k in "figo"}
        self.b = {k: np.zeros(n_cell) for k in "figo"}
        self.V = rng.uniform(-0.6, 0.6, n_cell)

    def forward(self, seq):
        h, c = np.zeros(self.n), np.zeros(self.n)
        self.tape = []
        for x in seq:
            hx = np.concatenate([h, x])
            f = sig(self.W["f"] @ hx + self.b["f"])
            i = sig(self.W["i"] @ hx + self.b["i"])
            g = np.tanh(self.W["g"] @ hx + self.b["g"])
            o = sig(self.W["o"] @ hx + self.b["o"])
            c_old = c
            c = f * c_old + i * g
            tc = np.tanh(c)
            h = o * tc
            self.tape.append((hx, f, i, g, o, c_old, tc))
        self.h = h
        return self.V @ h

    def backward(self, dy):
        dW = {k: np.zeros_like(w) for k, w in self.W.items()}
        db = {k: np.zeros_like(v) for k, v in self.b.items()}
        dV = dy * self.h
        dh = dy * self.V
        dc = np.zeros(self.n)
        for hx, f, i, g, o, c_old, tc in reversed(self.tape):
            dc = dc + dh * o * (1 - tc ** 2)
            raw = {
                "o": dh * tc * o * (1 - o),
                "f": dc * c_old * f * (1 - f),
                "i": dc * g * i * (1 - i),
                "g": dc * i * (1 - g ** 2),
            }
            dhx = np.zeros_like(hx)
            for k in "figo":
                dW[k] += np.outer(raw[k], hx)
                db[k] += raw[k]
                dhx += self.W[k].T @ raw[k]
            dh = dhx[:self.n]
            dc = dc * f
        return dW, db, dV

    def train(self, seq, t, lr):
        y = self.forward(seq)
        dW, db, dV = self.backward(y - t)
        for k in "figo":
            self.W[k] -= lr * dW[k]
            self.b[k] -= lr * db[k]
        self.V -= lr * dV
        return 0.5 * (y - t) ** 2


net = TinyLSTM(1, 4)
waves = [np.sin(0.5 * np.arange(s, s + 6)).reshape(-1, 1) for s in range(8)]
for epoch in range(15):
    total = 0
    for w in waves:
        total += net.train(w[:-1], w[-1, 0], 0.2)
    print(epoch, total / len(waves))
