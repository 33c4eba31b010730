import numpy as np


def net(x, Ws, bs):
    outs = [x]
    for i in range(len(Ws)):
        z = outs[-1] @ Ws[i] + bs[i]
        outs.append(z if i == len(Ws) - 1 else np.maximum(z, 0))
    return outs


def grads(x, t, Ws, bs):
    outs = net(x, Ws, bs)
    gW = [np.zeros_like(W) for W in Ws]
    gb = [np.zeros_like(b) for b in bs]
    d = (outs[-1] - t) / len(x)
    for i in reversed(range(len(Ws))):
        gW[i] = outs[i].T @ d
        if i > 0:
            gb[i] = d.sum(axis=0)
            d = (d @ Ws[i].T) * (outs[i] > 0)
    return gW, gb


rng = np.random.RandomState(60)
Ws = [rng.randn(2, 6) * 0.7, rng.randn(6, 1) * 0.7]
bs = [np.full(6, 0.1), np.zeros(1)]
X = rng.uniform(-2, 2, (24, 2))
T = np.abs(X[:, :1] - X[:, 1:])
for epoch in range(15):
    for s in range(0, 24, 8):
        x, t = X[s:s + 8], T[s:s + 8]
        loss = 0.5 * np.sum((net(x, Ws, bs)[-1] - t) ** 2) / len(x)
        gW, gb = grads(x, t, Ws, bs)
        Ws = [W - 0.05 * g for W, g in zip(Ws, gW)]
        bs = [b - 0.05 * g for b, g in zip(bs, gb)]
    print(epoch, loss)
