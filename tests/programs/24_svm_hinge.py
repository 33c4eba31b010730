import numpy as np

rng = np.random.default_rng(31)
pos = rng.normal([2.0, 1.0], 0.8, (20, 2))
neg = rng.normal([-1.0, 0.0], 0.8, (20, 2))
X = np.concatenate([pos, neg])
y = np.concatenate([np.ones(20), -np.ones(20)])

w = rng.normal(size=2) * 0.1
b = 0.0
lam, eta = 0.01, 0.1
for k in range(100):
    margin = y * (X @ w + b)
    loss = np.maximum(0, 1 - margin).mean() + lam * np.dot(w, w)
    inside = margin < 1
    gw = -(y[inside, None] * X[inside]).sum(axis=0) / len(X) + 2 * lam * w
    gb = -y[inside].sum() / len(X)
    w = w - eta * gw
    b = b - eta * gb
print("loss", loss, "w", w, "b", b)
