import numpy as np


def rectify(x):
    x[x <= 0] = 0
    return x


def rectify_back(upstream, out):
    upstream[out <= 0] = 0
    return upstream


rs = np.random.RandomState(40)
X = rs.randn(30, 3)
T = np.abs(X).sum(axis=1).reshape(-1, 1)
P, p = rs.randn(3, 9) * 0.7, np.full(9, 0.05)
Q, q = rs.randn(9, 1) * 0.4, np.zeros(1)
step = 0.05
for epoch in range(12):
    for lo in range(0, 30, 10):
        x, t = X[lo:lo + 10], T[lo:lo + 10]
        hid = x @ P + p
        hid = rectify(hid)
        y = hid @ Q + q
        loss = 0.5 * ((y - t) ** 2).sum() / len(x)
        d = y
        d -= t
        d /= len(x)
        gQ, gq = hid.T @ d, d.sum(axis=0)
        back = rectify_back(d @ Q.T, hid)
        P -= step * (x.T @ back)
        p -= step * back.sum(axis=0)
        Q -= step * gQ
        q -= step * gq
    print(epoch, loss)
