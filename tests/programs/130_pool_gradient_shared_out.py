import numpy as np

rng = np.random.RandomState(66)
k = rng.randn(2) * 0.7
v = rng.randn(3) * 0.7
waves = rng.randn(6, 7)
levels = waves.max(axis=1) - waves.min(axis=1)
for epoch in range(10):
    total = 0
    for s, t in zip(waves, levels):
        c = np.array([k[0] * s[i] + k[1] * s[i + 1] for i in range(6)])
        pool = np.array([max(c[2 * i], c[2 * i + 1]) for i in range(3)])
        y = np.dot(v, pool)
        loss = 0.5 * (y - t) ** 2
        total += loss
        dpool = (y - t) * v
        dc = np.zeros(6)
        for i in range(3):
            j = 2 * i
            dc[j] = dpool[i]
        dk = np.array([np.dot(dc, s[:6]), np.dot(dc, s[1:])])
        v -= 0.05 * (y - t) * pool
        k -= 0.05 * dk
    print(epoch, total)
