import numpy as np

N, D, K, H = 20, 2, 3, 12
rng = np.random.RandomState(2)
X = np.zeros((N * K, D))
y = np.zeros(N * K, dtype="uint8")
for j in range(K):
    rows = range(N * j, N * (j + 1))
    radius = np.linspace(0.05, 1, N)
    angle = np.linspace(j * 4, (j + 1) * 4, N) + rng.randn(N) * 0.2
    X[rows] = np.c_[radius * np.sin(angle), radius * np.cos(angle)]
    y[rows] = j

W = 0.1 * rng.randn(D, H)
b = np.zeros((1, H))
W2 = 0.1 * rng.randn(H, K)
b2 = np.zeros((1, K))
lam = 1e-2
lr, decay = 0.01, 0.9
cW, cb, cW2, cb2 = 0, 0, 0, 0

for i in range(150):
    hidden = np.maximum(0, X @ W + b)
    scores = hidden @ W2 + b2
    e = np.exp(scores)
    probs = e / e.sum(axis=1, keepdims=True)
    fit = -np.log(probs[np.arange(N * K), y]).sum() / (N * K)
    penalty = 0.5 * lam * np.sum(W * W) + 0.5 * lam * np.sum(W2 * W2)
    loss = fit + penalty
    if i % 50 == 0:
        print("iteration %d: loss %f" % (i, loss))

    dscores = probs
    dscores[np.arange(N * K), y] -= 1
    dscores /= N * K
    dW2 = hidden.T @ dscores + lam * W2
    db2 = dscores.sum(axis=0, keepdims=True)
    dhidden = dscores @ W2.T
    dhidden[hidden <= 0] = 0
    dW = X.T @ dhidden + lam * W
    db = dhidden.sum(axis=0, keepdims=True)

    cW = decay * cW + (1 - decay) * dW ** 2
    cb = decay * cb + (1 - decay) * db ** 2
    cW2 = decay * cW2 + (1 - decay) * dW2 ** 2
    cb2 = decay * cb2 + (1 - decay) * db2 ** 2
    W += -lr * dW / (np.sqrt(cW) + 1e-7)
    b += -lr * db / (np.sqrt(cb) + 1e-7)
    W2 += -lr * dW2 / (np.sqrt(cW2) + 1e-7)
    b2 += -lr * db2 / (np.sqrt(cb2) + 1e-7)
