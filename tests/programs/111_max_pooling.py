import numpy as np


class SmallCNN:
    def __init__(self, n_filters=2):
        rng = np.random.RandomState(91)
        self.filters = rng.randn(n_filters, 3, 3) / 3
        self.fc = rng.randn(n_filters * 4, 3) / 3
        self.fb = np.zeros(3)

    def forward(self, img):
        n = len(self.filters)
        self.img = img
        self.maps = np.zeros((n, 4, 4))
        for f in range(n):
            for i in range(4):
                for j in range(4):
                    self.maps[f, i, j] = np.sum(img[i:i + 3, j:j + 3] * self.filters[f])
        self.act = np.maximum(self.maps, 0)
        self.pool = np.zeros((n, 2, 2))
        for f in range(n):
            for i in range(2):
                for j in range(2):
                    self.pool[f, i, j] = np.max(self.act[f, 2 * i:2 * i + 2, 2 * j:2 * j + 2])
        self.flat = self.pool.reshape(-1)
        s = self.flat @ self.fc + self.fb
        e = np.exp(s - np.max(s))
        return e / e.sum()

    def train(self, img, label, lr=0.05):
        p = self.forward(img)
        loss = -np.log(p[label])
        ds = p.copy()
        ds[label] -= 1
        dflat = self.fc @ ds
        dfc = np.outer(self.flat, ds)
        dpool = dflat.reshape(self.pool.shape)
        dmaps = np.zeros_like(self.maps)
        for f in range(len(self.filters)):
            for i in range(2):
                for j in range(2):
                    window = self.act[f, 2 * i:2 * i + 2, 2 * j:2 * j + 2]
                    r, c = np.unravel_index(np.argmax(window), window.shape)
                    dmaps[f, 2 * i + r, 2 * j + c] += dpool[f, i, j]
        dmaps *= self.maps > 0
        dfilters = np.zeros_like(self.filters)
        for f in range(len(self.filters)):
            for i in range(4):
                for j in range(4):
                    dfilters[f] += dmaps[f, i, j] * self.img[i:i + 3, j:j + 3]
        self.filters -= lr * dfilters
        self.fc -= lr * dfc
        self.fb -= lr * ds
        return loss


rng = np.random.RandomState(5)
net = SmallCNN()
for epoch in range(4):
    total = 0
    for k in range(9):
        img = rng.rand(6, 6) * 0.3
        label = k % 3
        if label == 0:
            img[:, 2] += 1
        elif label == 1:
            img[3, :] += 1
        else:
            img += np.eye(6)
        total += net.train(img, label)
    print(epoch, total / 9)
