import numpy as np


class SoftmaxRegression:
    def __init__(self, n_features, n_classes):
        self.W = np.zeros((n_features, n_classes))
        self.b = np.zeros(n_classes)
        self.k = n_classes

    def fit(self, X, labels, rate=1.0, epochs=50):
        T = np.eye(self.k)[labels]
        for e in range(epochs):
            S = X @ self.W + self.b
            E = np.exp(S - S.max(axis=1, keepdims=True))
            P = E / E.sum(axis=1, keepdims=True)
            loss = -(T * np.log(P)).sum() / len(X)
            G = (P - T) / P.size
            self.W -= rate * (X.T @ G)
            self.b -= rate * G.sum(axis=0)
            if e % 10 == 0:
                print(f"{e}: {loss:.4f}")


rng = np.random.RandomState(1)
X = rng.randn(36, 3)
labels = X.argmax(axis=1)
SoftmaxRegression(3, 3).fit(X, labels)
