import numpy as np


class GatedUnit:
    """One gate only: h = (1 - z) * h_prev + z * candidate."""

    names = ("Wz", "Uz", "Wh", "Uh", "v")

    def __init__(self, n_x, n_h):
        r = np.random.RandomState(12)
        self.Wz, self.Uz = r.randn(n_h, n_x) * 0.5, r.randn(n_h, n_h) * 0.5
        self.Wh, self.Uh = r.randn(n_h, n_x) * 0.5, r.randn(n_h, n_h) * 0.5
        self.v = r.randn(n_h) * 0.5

    def fit_one(self, xs, ts, lr):
        n = len(xs)
        h = np.zeros(len(self.v))
        states, loss = [], 0.0
        for x, t in zip(xs, ts):
            z = 1 / (1 + np.exp(-(self.Wz @ x + self.Uz @ h)))
            c = np.tanh(self.Wh @ x + self.Uh @ h)
            h_new = (1 - z) * h + z * c
            y = self.v @ h_new
            loss += 0.5 * (y - t) ** 2 / n
            states.append((x, h, z, c, h_new, y - t))
            h = h_new

        grad = {k: np.zeros_like(getattr(self, k)) for k in self.names}
        carry = np.zeros(len(self.v))
        for x, h, z, c, h_new, e in states[::-1]:
            grad["v"] += e * h_new / n
            dh = e * self.v / n + carry
            dz = dh * (c - h) * z * (1 - z)
            dc = dh * z * (1 - c * c)
            grad["Wz"] += np.outer(dz, x)
            grad["Uz"] += np.outer(dz, h)
            grad["Wh"] += np.outer(dc, x)
            grad["Uh"] += np.outer(dc, h)
            carry = dh * (1 - z) + self.Uz.T @ dz + self.Uh.T @ dc
        for k in self.names:
            setattr(self, k, getattr(self, k) - lr * grad[k])
        return loss


unit = GatedUnit(1, 4)
for epoch in range(20):
    total = 0
    for phase in (0.0, 0.7, 1.4):
        s = np.sin(phase + 0.6 * np.arange(7))
        total += unit.fit_one(s[:-1, None], s[1:], 0.3)
    print(epoch, total)
