import numpy as np

rng = np.random.RandomState(101)
p = {'W1': rng.randn(3, 6) * 0.6, 'b1': np.full(6, 0.1), 'W2': rng.randn(6, 3) * 0.6, 'b2': np.full(3, 0.1),
     'W3': rng.randn(3, 3) * 0.6, 'b3': np.zeros(3)}
m = {k: np.zeros_like(v) for k, v in p.items()}
v = {k: np.zeros_like(w) for k, w in p.items()}


def loss_and_grad(p, X, y):
    Z1 = X @ p['W1'] + p['b1']
    H1 = np.maximum(Z1, 0)
    Z2 = H1 @ p['W2'] + p['b2']
    H2 = np.maximum(Z2, 0)
    S = H2 @ p['W3'] + p['b3']
    E = np.exp(S - S.max(1, keepdims=True))
    P = E / E.sum(1, keepdims=True)
    n = len(y)
    loss = -np.log(P[np.arange(n), y]).mean()
    dS = P.copy()
    dS[np.arange(n), y] -= 1
    dS /= n
    g = {'W3': H2.T @ dS, 'b3': dS.sum(0)}
    dH2 = dS
    dZ2 = dH2 * (Z2 > 0)
    g['W2'], g['b2'] = H1.T @ dZ2, dZ2.sum(0)
    dZ1 = dZ2 @ p['W2'].T
    g['W1'], g['b1'] = X.T @ dZ1, dZ1.sum(0)
    return loss, g


X = rng.randn(36, 3)
y = X.argmax(1)
t = 0
for epoch in range(10):
    for s in range(0, 36, 12):
        loss, g = loss_and_grad(p, X[s:s + 12], y[s:s + 12])
        t += 1
        for k in p:
            m[k] = 0.9 * m[k] + 0.1 * g[k]
            v[k] = 0.999 * v[k] + 0.001 * g[k] ** 2
            p[k] = p[k] - 0.01 * (m[k] / (1 - 0.9 ** t)) / (np.sqrt(v[k] / (1 - 0.999 ** t)) + 1e-8)
    print(epoch, loss)
