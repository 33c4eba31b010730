import numpy as np

np.random.seed(44)
keep_prob = 0.8
W1 = np.random.randn(4, 10) * 0.5
b1 = np.zeros((1, 10))
W2 = np.random.randn(10, 1) * 0.5
b2 = np.zeros((1, 1))
lr = 0.2
X = np.random.randn(40, 4)
Y = (X[:, [0]] - X[:, [3]] > 0).astype(float)


def forward(x):
    h = np.tanh(x @ W1 + b1)
    mask = np.random.rand(*h.shape) < keep_prob
    hd = h * mask / keep_prob
    p = 1 / (1 + np.exp(-(hd @ W2 + b2)))
    return h, mask, hd, p


for epoch in range(10):
    for i in range(0, 40, 8):
        x, y = X[i:i + 8], Y[i:i + 8]
        h, mask, hd, p = forward(x)
        loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
        dz2 = (p - y) / len(x)
        dW2 = hd.T @ dz2
        db2 = dz2.sum(axis=0, keepdims=True)
        dh = (dz2 @ W2.T) * mask
        dz1 = dh * (1 - h ** 2)
        dW1 = x.T @ dz1
        db1 = dz1.sum(axis=0, keepdims=True)
        W1 -= lr * dW1
        b1 -= lr * db1
        W2 -= lr * dW2
        b2 -= lr * db2
    print("epoch", epoch, "loss", loss)
