import numpy as np

N, D, K, H = 20, 2, 3, 12
rng = np.random.RandomState(2)
X = np.zeros((N * K, D))
y = np.zeros(N * K, dtype="uint8")
for j in range(K):
    ix = range(N * j, N * (j + 1))
    r = np.linspace(0.05, 1, N)
    t = np.linspace(j * 4, (j + 1) * 4, N) + rng.randn(N) * 0.2
    X[ix] = np.c_[r * np.sin(t), r * np.cos(t)]
    y[ix] = j

W = 0.1 * rng.randn(D, H)
b = np.zeros((1, H))
W2 = 0.1 * rng.randn(H, K)
b2 = np.zeros((1, K))
reg = 1e-2
lr, decay = 0.01, 0.9
cW, cb, cW2, cb2 = 0, 0, 0, 0

for i in range(150):
    hidden = np.maximum(0, X @ W + b)
    scores = hidden @ W2 + b2
    exp_scores = np.exp(scores)
    probs = exp_scores / exp_scores.sum(axis=1, keepdims=True)
    data_loss = -np.log(probs[np.arange(N * K), y]).sum() / (N * K)
    reg_loss = 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)
    loss = data_loss + reg_loss
    if i % 50 == 0:
        print("iteration %d: loss %f" % (i, loss))

    dscores = probs
    dscores[np.arange(N * K), y] -= 1
    dscores /= N * K
    dW2 = hidden.T @ dscores + reg * W2
    db2 = dscores.sum(axis=0, keepdims=True)
    dhidden = dscores @ W2.T
    dhidden[hidden <= 0] = 0
    dW = X.T @ dhidden + reg * W
    db = dhidden.sum(axis=0, keepdims=True)

    cW = decay * cW + (1 - decay) * dW ** 2
    cb = decay * cb + (1 - decay) * db ** 2
    cW2 = decay * cW2 + (1 - decay) * dW2 ** 2
    cb2 = decay * cb2 + (1 - decay) * db2 ** 2
    W += -lr * dW / (np.sqrt(cW) + 1e-7)
    b += -lr * db / (np.sqrt(cb) + 1e-7)
    W2 += -lr * dW2 / (np.sqrt(cW2) + 1e-7)
    b2 += -lr * db2 / (np.sqrt(cb2) + 1e-7)
