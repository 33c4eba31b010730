import numpy as np

lr = float(input("Learning rate? "))
epochs = int(input("How many epochs? "))


def softplus(v):
    return np.log1p(np.exp(v))


np.random.seed(0)
A, a = np.random.randn(6, 2) * 0.6, np.zeros(6)
B, b = np.random.randn(6) * 0.6, 0.0
inputs = np.random.uniform(-1, 1, (18, 2))
wanted = np.hypot(inputs[:, 0], inputs[:, 1])

for epoch in range(epochs):
    sse = 0
    for x, t in zip(inputs, wanted):
        v = A.dot(x) + a
        s = softplus(v)
        y = B.dot(s) + b
        e = y - t
        sse += e * e
        dB, db = 2 * e * s, 2 * e
        dv = 2 * e * B / (1 + np.exp(-v))
        dA, da = np.outer(dv, x), dv
        A -= lr * dA
        a -= lr * da
        B -= lr * dB
        b -= lr * db
    print("epoch", epoch, "error", sse)
