import numpy as np

gen = np.random.RandomState(77)
Wx = gen.randn(4, 2) * 0.5
Wh = gen.randn(4, 4) * 0.5
Wy = gen.randn(1, 4) * 0.5
rate = 0.05


def forward(xs):
    hs = [np.zeros(4)]
    ys = []
    for x in xs:
        hs.append(np.tanh(Wx @ x + Wh @ hs[-1]))
        ys.append(Wy @ hs[-1])
    return hs, ys


def backward(xs, ts, hs, ys):
    gx, gh, gy = np.zeros((4, 2)), np.zeros((4, 4)), np.zeros((1, 4))
    carry = np.zeros(4)
    for k in reversed(range(len(xs))):
        e = ys[k] - ts[k]
        gy = np.outer(e, hs[k + 1])
        raw = (Wy.T @ e + carry) * (1 - hs[k + 1] ** 2)
        gx += np.outer(raw, xs[k])
        gh += np.outer(raw, hs[k])
        carry = Wh @ raw
    return gx, gh, gy


for n in range(60):
    xs = gen.uniform(-1, 1, (4, 2))
    ts = np.cumsum(xs.sum(axis=1))[:, None] / 3
    hs, ys = forward(xs)
    loss = sum(0.5 * float((y - t)[0] ** 2) for y, t in zip(ys, ts))
    gx, gh, gy = backward(xs, ts, hs, ys)
    Wx -= rate * gx
    Wh -= rate * gh
    Wy -= rate * gy
    if n % 20 == 0:
        print(n, loss)
