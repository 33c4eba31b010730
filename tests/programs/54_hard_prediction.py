import numpy as np


class LogReg:
    def __init__(self, eta=0.2, n_iter=10):
        self.eta = eta
        self.n_iter = n_iter

    def prob(self, x):
        return 1.0 / (1.0 + np.exp(-(np.dot(x, self.w) + self.bias)))

    def fit(self, X, y):
        rgen = np.random.RandomState(1)
        self.w = rgen.normal(0.0, 0.5, size=X.shape[1])
        self.bias = 0.0
        self.cost_ = []
        for _ in range(self.n_iter):
            cost = 0.0
            for xi, target in zip(X, y):
                p = self.prob(xi)
                loss = -target * np.log(p) - (1 - target) * np.log(1 - p)
                cost += loss
                label = 1 if p >= 0.5 else 0
                update = self.eta * (target - label)
                self.w += update * xi
                self.bias += update
            self.cost_.append(cost / len(X))
        return self


gen = np.random.RandomState(9)
X = np.vstack([gen.normal(-0.7, 1, (15, 2)), gen.normal(0.9, 1, (15, 2))])
y = np.array([0] * 15 + [1] * 15)
order = gen.permutation(30)
print(LogReg().fit(X[order], y[order]).cost_)
