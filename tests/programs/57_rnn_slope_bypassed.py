import numpy as np


class RNN:
    def __init__(self, nx, nh, ny):
        rs = np.random.RandomState(3)
        self.Wx = rs.randn(nh, nx) * 0.4
        self.Wh = rs.randn(nh, nh) * 0.4
        self.Wy = rs.randn(ny, nh) * 0.4

    def step(self, xs, ts):
        hs, ys = {-1: np.zeros(self.Wh.shape[0])}, {}
        loss = 0
        for k, x in enumerate(xs):
            hs[k] = np.tanh(self.Wx @ x + self.Wh @ hs[k - 1])
            ys[k] = self.Wy @ hs[k]
            loss += 0.5 * np.sum((ys[k] - ts[k]) ** 2)
        gx, gh, gy = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.Wy)
        later = np.zeros(self.Wh.shape[0])
        for k in range(len(xs) - 1, -1, -1):
            e = ys[k] - ts[k]
            gy += np.outer(e, hs[k])
            dz = (self.Wy.T @ e) * (1 - hs[k] ** 2) + later
            gx += np.outer(dz, xs[k])
            gh += np.outer(dz, hs[k - 1])
            later = self.Wh.T @ dz
        self.Wx -= 0.02 * gx
        self.Wh -= 0.02 * gh
        self.Wy -= 0.02 * gy
        return loss


# echo the input of the step before
net = RNN(2, 5, 2)
rs = np.random.RandomState(8)
for i in range(60):
    xs = rs.uniform(-1, 1, (5, 2))
    ts = np.vstack([np.zeros(2), xs[:-1]])
    loss = net.step(xs, ts)
    if i % 20 == 0:
        print(i, loss)
