import numpy as np

text = "abcabdabcabd"
vocab = sorted(set(text))
index = {c: i for i, c in enumerate(vocab)}
V, H, T = len(vocab), 6, 4
np.random.seed(55)
Wxh = np.random.randn(H, V) * 0.3
Whh = np.random.randn(H, H) * 0.3
Why = np.random.randn(V, H) * 0.3
bh = np.zeros((H, 1))
by = np.zeros((V, 1))


def bptt(inputs, targets, hprev):
    xs, hs, ps = {}, {-1: np.copy(hprev)}, {}
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((V, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)
        y = Why @ hs[t] + by
        ps[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        dh = Why.T @ dy + dnext
        draw = (1 - hs[t] * hs[t]) * dh
        dbh += draw
        dWxh += draw @ xs[t].T
        dWhh += draw @ hs[t - 1].T
        dnext = Whh.T @ draw
    for d in [dWxh, dWhh, dWhy, dbh, dby]:
        np.clip(d, -50, 50, out=d)
    return loss, dWxh, dWhh, dWhy, dbh, dby, hs[len(inputs) - 1]


memory = [np.zeros_like(p) for p in (Wxh, Whh, Why, bh, by)]
for epoch in range(15):
    h = np.zeros((H, 1))
    for p in range(0, len(text) - T, T):
        inputs = [index[c] for c in text[p:p + T]]
        targets = [index[c] for c in text[p + 1:p + T + 1]]
        loss, dWxh, dWhh, dWhy, dbh, dby, h = bptt(inputs, targets, h)
        for param, d, mem in zip([Wxh, Whh, Why, bh, by], [dWxh, dWhh, dWhy, dbh, dby], memory):
            mem += d * d
            param += -0.1 * d / np.sqrt(mem + 1e-8)
    print("epoch", epoch, "loss", loss)
