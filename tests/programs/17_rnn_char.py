import numpy as np

text = "abcabdabcabd"
vocab = sorted(set(text))
index = {c: i for i, c in enumerate(vocab)}
V, H, T = len(vocab), 6, 4
np.random.seed(55)
W_in = np.random.randn(H, V) * 0.3
W_rec = np.random.randn(H, H) * 0.3
W_out = np.random.randn(V, H) * 0.3
b_rec = np.zeros((H, 1))
b_out = np.zeros((V, 1))


def through_time(inputs, targets, h_start):
    xs, hs, ps = {}, {-1: np.copy(h_start)}, {}
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((V, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(W_in @ xs[t] + W_rec @ hs[t - 1] + b_rec)
        y = W_out @ hs[t] + b_out
        ps[t] = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(ps[t][targets[t], 0])
    dW_in, dW_rec, dW_out = np.zeros_like(W_in), np.zeros_like(W_rec), np.zeros_like(W_out)
    db_rec, db_out = np.zeros_like(b_rec), np.zeros_like(b_out)
    from_later = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dW_out += dy @ hs[t].T
        db_out += dy
        dh = W_out.T @ dy + from_later
        dz = (1 - hs[t] * hs[t]) * dh
        db_rec += dz
        dW_in += dz @ xs[t].T
        dW_rec += dz @ hs[t - 1].T
        from_later = W_rec.T @ dz
    for d in [dW_in, dW_rec, dW_out, db_rec, db_out]:
        np.clip(d, -50, 50, out=d)
    return loss, dW_in, dW_rec, dW_out, db_rec, db_out, hs[len(inputs) - 1]


squares = [np.zeros_like(p) for p in (W_in, W_rec, W_out, b_rec, b_out)]
for epoch in range(15):
    h = np.zeros((H, 1))
    for p in range(0, len(text) - T, T):
        inputs = [index[c] for c in text[p:p + T]]
        targets = [index[c] for c in text[p + 1:p + T + 1]]
        loss, dW_in, dW_rec, dW_out, db_rec, db_out, h = through_time(inputs, targets, h)
        for param, d, sq in zip([W_in, W_rec, W_out, b_rec, b_out], [dW_in, dW_rec, dW_out, db_rec, db_out], squares):
            sq += d * d
            param += -0.1 * d / np.sqrt(sq + 1e-8)
    print("epoch", epoch, "loss", loss)
