import numpy as np

words = ["red", "green", "blue", "one", "two"]
pairs = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 3), (0, 2)]
rng = np.random.RandomState(14)
U = rng.randn(5, 3) * 0.5    # centre words
V = rng.randn(5, 3) * 0.5    # context words
for epoch in range(20):
    cost = 0
    for centre, context in pairs:
        scores = V @ U[centre]
        p = np.exp(scores) / np.exp(scores).sum()
        loss = -np.log(p[context])
        cost += loss
        d = p.copy()
        d[context] -= 1
        du = V.T @ d
        dV = np.outer(d, U[centre])
        V -= 0.2 * dV
        U[context] -= 0.2 * du
    print(epoch, cost)
