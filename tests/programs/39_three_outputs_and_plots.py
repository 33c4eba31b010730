import numpy as np

try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None


class MultiLabel:
    def __init__(self, shape):
        rng = np.random.RandomState(16)
        self.theta = {}
        for k in range(len(shape) - 1):
            self.theta["w%d" % k] = rng.uniform(-1, 1, (shape[k], shape[k + 1]))
            self.theta["b%d" % k] = rng.uniform(-0.1, 0.1, shape[k + 1])

    def run(self, X):
        mid = np.tanh(X @ self.theta["w0"] + self.theta["b0"])
        top = 1 / (1 + np.exp(-(mid @ self.theta["w1"] + self.theta["b1"])))
        return mid, top

    def fit_batch(self, X, Y):
        mid, top = self.run(X)
        ce = np.where(Y == 1, -np.log(top), -np.log(1 - top))
        loss = ce.mean()
        grad = {}
        err = (top - Y) / Y.size
        grad["w1"] = np.einsum("nh,no->ho", mid, err)
        grad["b1"] = np.einsum("no->o", err)
        err = np.einsum("no,ho->nh", err, self.theta["w1"]) * (1 - np.square(mid))
        grad["w0"] = np.einsum("ni,nh->ih", X, err)
        grad["b0"] = np.einsum("nh->h", err)
        for k, g in grad.items():
            self.theta[k] -= 0.6 * g
        return loss


rng = np.random.RandomState(1)
X = rng.randn(32, 3)
Y = np.stack([X[:, 0] > 0, X[:, 1] + X[:, 2] > 0], axis=1).astype(int)
model = MultiLabel([3, 4, 2])
curve = []
for epoch in range(20):
    for part in np.array_split(rng.permutation(32), 4):
        curve.append(model.fit_batch(X[part], Y[part]))
if plt is not None:
    plt.plot(curve, label="loss")
    plt.legend()
    plt.savefig("curve.png")
print(curve[-1])
