import numpy as np

np.random.seed(22)
X = np.random.randn(27, 2)
labels = np.random.randint(0, 3, 27)
X += np.array([[2, 0], [-1, 2], [-1, -2]])[labels]
W, c = np.random.randn(2, 4) * 0.5, np.zeros(4)
U, d = np.random.randn(4, 3) * 0.5, np.zeros(3)


def softmax(s):
    e = np.exp(s - s.max(axis=1)[:, None])
    return e / e.sum(axis=1)[:, None]


def train(x, t):
    global W, c, U, d
    h = np.tanh(x @ W + c)
    p = softmax(h @ U + d)
    loss = -np.sum(t * np.log(p)) / len(x)
    ds = (p - t) * p * (1 - p) / len(x)
    dh = ds @ U.T * (1 - h * h)
    U = U - 0.2 * h.T @ ds
    d = d - 0.2 * ds.sum(axis=0)
    W = W - 0.2 * x.T @ dh
    c = c - 0.2 * np.ones(4)
    return loss


for epoch in range(8):
    for i in range(0, 27, 9):
        loss = train(X[i:i + 9], np.eye(3)[labels[i:i + 9]])
    print(epoch, loss)
