import numpy as np

rng = np.random.RandomState(52)
T, D = 4, 3
x = rng.randn(T, D)
goal = np.cumsum(x, axis=0) / np.arange(1, T + 1)[:, None]
w = {name: rng.randn(D, D) * 0.6 for name in "qkvo"}


def softmax_rows(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


for it in range(80):
    q, k, v = x @ w["q"], x @ w["k"], x @ w["v"]
    att = softmax_rows(q @ k.T / np.sqrt(D))
    mix = att @ v
    out = mix @ w["o"]
    loss = np.mean((out - goal) ** 2)

    dout = 2 * (out - goal) / out.size
    dw = {"o": mix.T @ dout}
    dmix = dout @ w["o"].T
    datt = dmix @ v.T
    dv = att.T @ dmix
    # softmax, row by row
    ds = att * (datt - np.sum(datt * att, axis=-1, keepdims=True))
    ds /= np.sqrt(D)
    dq, dk = ds @ k, ds.T @ q
    dw["q"], dw["k"], dw["v"] = x.T @ dq, x.T @ dk, x.T @ dv
    for name in w:
        w[name] -= 0.3 * dw[name]
    if it % 20 == 0:
        print(it, loss)
