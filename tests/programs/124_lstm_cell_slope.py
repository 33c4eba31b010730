import numpy as np


def sig(z):
    return 1 / (1 + np.exp(-z))


class LSTM:
    def __init__(self, n):
        r = np.random.RandomState(4)
        self.n = n
        self.W = r.randn(4 * n, n + 1) * 0.6   # rows: input, forget, output, candidate
        self.b = np.zeros(4 * n)
        self.v = r.randn(n)

    def run(self, xs, t):
        n = self.n
        h, c, memo = np.zeros(n), np.zeros(n), []
        for x in xs:
            u = np.append(h, x)
            z = self.W @ u + self.b
            i, f, o, g = sig(z[:n]), sig(z[n:2 * n]), sig(z[2 * n:3 * n]), np.tanh(z[3 * n:])
            c_prev, c = c, f * c + i * g
            h = o * np.tanh(c)
            memo.append((u, i, f, o, g, c_prev, c))
        e = self.v @ h - t
        loss = 0.5 * e * e
        gW, gb, gv = np.zeros_like(self.W), np.zeros_like(self.b), e * h
        dh, dc = e * self.v, np.zeros(n)
        for u, i, f, o, g, c_prev, c in memo[::-1]:
            do = dh * np.tanh(c)
            dc = dc + dh * o
            dz = np.concatenate([dc * g * i * (1 - i), dc * c_prev * f * (1 - f), do * o * (1 - o), dc * i * (1 - g * g)])
            gW += np.outer(dz, u)
            gb += dz
            dh = self.W.T[:n] @ dz
            dc = dc * f
        self.W -= 0.3 * gW
        self.b -= 0.3 * gb
        self.v -= 0.3 * gv
        return loss


net = LSTM(3)
for k in range(30):
    print(k, net.run([0.5, -0.3, 0.8], 0.6) + net.run([-0.6, 0.9, 0.1], -0.2))
