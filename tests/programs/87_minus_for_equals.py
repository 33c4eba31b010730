import numpy as np

np.random.seed(12)
W = np.random.randn(4, 3)
bias = np.zeros(4)
V = np.random.randn(2, 4)
lr = 0.6
X = np.random.rand(9, 3)
T = np.stack([X[:, 0], 1 - X[:, 2]], axis=1)

for epoch in range(20):
    for x, t in zip(X, T):
        h = 1 / (1 + np.exp(-(W @ x + bias)))
        y = 1 / (1 + np.exp(-(V @ h)))
        loss = 0.5 * np.sum((y - t) ** 2)
        d_y = (y - t) * y * (1 - y)
        d_h = V.T @ d_y * h * (1 - h)
        V = V - lr * np.outer(d_y, h)
        W = W - lr * np.outer(d_h, x)
        bias - lr * d_h
    if epoch % 5 == 0:
        print(epoch, loss)
