import numpy as np

np.random.seed(61)
# bars: upright (1) or lying (0)
images, labels = [], []
for pos in range(4):
    a = np.random.rand(5, 5) * 0.2
    a[:, pos] += 0.8
    b = np.random.rand(5, 5) * 0.2
    b[pos, :] += 0.8
    images += [a, b]
    labels += [1, 0]

kernel = np.random.randn(3, 3) * 0.5
kbias = 0.1
fc = np.random.randn(9) * 0.5
fbias = 0.0
lr = 0.1

for epoch in range(10):
    running = 0.0
    for img, t in zip(images, labels):
        conv = np.zeros((3, 3))
        for r in range(3):
            for c in range(3):
                s = kbias
                for i in range(3):
                    for j in range(3):
                        s += img[r + i, c + j] * kernel[i, j]
                conv[r, c] = s
        act = np.maximum(conv, 0)
        flat = act.flatten()
        p = 1 / (1 + np.exp(-(np.dot(fc, flat) + fbias)))
        loss = -np.log(p) if t == 1 else -np.log(1 - p)
        running += loss

        dp = p - t
        dfc = dp * flat
        dfbias = dp
        dact = (dp * fc).reshape(3, 3)
        dconv = dact * (conv > 0)
        dkernel = np.zeros((3, 3))
        for r in range(3):
            for c in range(3):
                for i in range(3):
                    for j in range(3):
                        dkernel[i, j] += dconv[r, c] * img[r + i, c + j]
        dkbias = dconv.sum()

        fc -= lr * dfc
        fbias -= lr * dfbias
        kernel -= lr * dkernel
        kbias -= lr * dkbias
    print("epoch", epoch, "loss", running / len(images))
