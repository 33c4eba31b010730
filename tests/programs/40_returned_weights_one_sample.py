import numpy as np


def sigma(x, prime=False):
    y = 1 / (1 + np.exp(-x))
    return y * (1 - y) if prime else y


def one_pass(x, t, w1, w2, rate, verbose=False):
    s1 = w1 @ x
    y1 = sigma(s1)
    s2 = w2 @ y1
    y2 = sigma(s2)
    loss = 0.5 * np.sum((y2 - t) ** 2)
    if verbose:
        print("loss", loss)
    if loss < 1e-6:
        return w1, w2
    top = (y2 - t) * sigma(s2, prime=True)
    low = w2.T @ top * sigma(s1, prime=True)
    updated_w1 = w1 - rate * low @ x.T
    updated_w2 = w2 - rate * top @ y1.T
    return updated_w1, updated_w2


x = np.array([[0.6], [-0.2], [1.0]])
t = np.array([[0.3], [0.8]])
w1 = np.array([[0.1, 0.3, -0.2], [0.5, -0.4, 0.2], [-0.3, 0.2, 0.1], [0.2, 0.2, 0.0]])
w2 = np.array([[0.4, -0.1, 0.2, 0.3], [-0.2, 0.5, 0.1, -0.6]])
for n in range(100):
    w1, w2 = one_pass(x, t, w1, w2, 0.5, n % 25 == 0)
