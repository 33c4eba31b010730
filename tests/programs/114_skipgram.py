import numpy as np

corpus = "the cat sat on the mat the dog sat on the log".split()
vocab = {w: i for i, w in enumerate(dict.fromkeys(corpus))}
V, N, ETA = len(vocab), 5, 0.1
np.random.seed(2)
W_in = np.random.uniform(-0.8, 0.8, (V, N))
W_out = np.random.uniform(-0.8, 0.8, (N, V))


def softmax(u):
    e = np.exp(u - u.max())
    return e / e.sum()


def context(pos):
    return [vocab[corpus[k]] for k in (pos - 1, pos + 1) if 0 <= k < len(corpus)]


for epoch in range(8):
    total = 0
    for pos, word in enumerate(corpus):
        centre = vocab[word]
        h = W_in[centre]
        y = softmax(h @ W_out)
        loss = 0
        EI = np.zeros(V)
        for c in context(pos):
            loss += -np.log(y[c])
            miss = y.copy()
            miss[c] -= 1
            EI += miss
        total += loss
        dW_out = np.outer(h, EI)
        dh = W_out @ EI
        W_out -= ETA * dW_out
        W_in[centre] -= ETA * dh
    print("epoch", epoch, "loss", total)
