import numpy as np

rng = np.random.RandomState(38)
X = rng.randn(20, 3)
y = X.argmin(axis=1)
W1 = rng.randn(3, 6)
gamma, beta = np.ones(6), 0.1 * rng.randn(6)
W2 = rng.randn(6, 3)


def bn_back(d, xhat, std, gamma):
    n = len(d)
    dg = (d * xhat).sum(axis=0)
    db = d.sum(axis=0)
    dxhat = d * gamma
    dx = (dxhat - dxhat.mean(axis=0)) / std
    return dx, dg, db


for k in range(60):
    pre = X @ W1
    mu, std = pre.mean(axis=0), np.sqrt(pre.var(axis=0) + 1e-5)
    xhat = (pre - mu) / std
    act = np.maximum(gamma * xhat + beta, 0)
    s = act @ W2
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(20), y]).mean()
    ds = p.copy()
    ds[np.arange(20), y] -= 1
    ds /= 20
    dact = ds @ W2.T
    dact[act <= 0] = 0
    dpre, dgamma, dbeta = bn_back(dact, xhat, std, gamma)
    W2 -= 0.3 * act.T @ ds
    W1 -= 0.3 * X.T @ dpre
    gamma -= 0.3 * dgamma
    beta -= 0.3 * dbeta
    if k % 20 == 0:
        print(k, loss)
