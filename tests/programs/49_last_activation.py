import numpy as np

np.random.seed(30)
X = np.random.rand(24, 3)
T = X[:, 0] * 2 - X[:, 1] + 0.3 * X[:, 2]

W1 = np.random.randn(4, 3)
b1 = np.zeros(4)
W2 = np.random.randn(4)
b2 = 0.0
lr = 0.1
batch = 6

for epoch in range(30):
    for k in range(0, 24, batch):
        sum_delta = 0.0
        sum_dW1 = np.zeros_like(W1)
        sum_db1 = np.zeros_like(b1)
        loss = 0.0
        for x, t in zip(X[k:k + batch], T[k:k + batch]):
            h = 1 / (1 + np.exp(-(W1 @ x + b1)))
            out = W2 @ h + b2
            loss += (out - t) ** 2 / batch
            delta = 2 * (out - t) / batch
            sum_delta += delta
            dh = delta * W2 * h * (1 - h)
            sum_dW1 += np.outer(dh, x)
            sum_db1 += dh
        W2 = W2 - lr * sum_delta * h
        b2 = b2 - lr * sum_delta
        W1 = W1 - lr * sum_dW1
        b1 = b1 - lr * sum_db1
print("last batch:", loss)
