import numpy as np

rng = np.random.default_rng(4)
signals = rng.normal(size=(8, 6))
answers = signals.max(axis=1)
k = rng.normal(size=3) * 0.5
kb = 0.1
v = rng.normal(size=4) * 0.5
vb = 0.0
for epoch in range(15):
    total = 0
    for s, t in zip(signals, answers):
        c = np.zeros(4)
        for i in range(4):
            for j in range(3):
                c[i] += k[j] * s[i + j]
            c[i] += kb
        h = np.tanh(c)
        y = v @ h + vb
        loss = (y - t) ** 2 / 2
        total += loss
        dy = y - t
        dh = dy * v
        dc = dh * (1 - h ** 2)
        dk = np.zeros(3)
        dkb = 0
        for i in range(4):
            for j in range(3):
                dk[j] += dh[i] * s[i + j]
            dkb += dc[i]
        k -= 0.05 * dk
        kb -= 0.05 * dkb
        v -= 0.05 * dy * h
        vb -= 0.05 * 0
    print(epoch, total)
