import numpy as np


class Regressor:
    """Fits a sine with one tanh layer."""

    def __init__(self, n_in, n_hidden, n_out, seed=1):
        rng = np.random.RandomState(seed)
        self.W1 = rng.randn(n_in, n_hidden) * 0.5
        self.b1 = np.zeros(n_hidden)
        self.W2 = rng.randn(n_hidden, n_out) * 0.5
        self.b2 = np.zeros(n_out)

    def forward(self, X):
        self.z1 = X @ self.W1 + self.b1
        self.a1 = np.tanh(self.z1)
        return self.a1 @ self.W2 + self.b2

    def train_step(self, X, Y, lr):
        pred = self.forward(X)
        n = X.shape[0]
        loss = np.mean((pred - Y) ** 2)

        d_pred = 2.0 * (pred - Y) / n
        dW2 = self.a1.T @ d_pred
        db2 = d_pred.sum(axis=0)
        d_z1 = (d_pred @ self.W2.T) * (1 - self.a1 ** 2)
        dW1 = X.T @ d_z1
        db1 = d_z1.sum(axis=0)

        self.W1 = self.W1 - lr * dW1
        self.b1 = self.b1 - lr * db1
        self.W2 = self.W2 - lr * dW2
        self.b2 = self.b2 - lr * db2
        return loss


if __name__ == "__main__":
    X = np.linspace(-3, 3, 24).reshape(-1, 1)
    Y = np.sin(X)
    net = Regressor(1, 8, 1)
    for epoch in range(300):
        loss = net.train_step(X, Y, lr=0.05)
        if epoch % 50 == 0:
            print(f"{epoch:4d}  mse = {loss:.5f}")
