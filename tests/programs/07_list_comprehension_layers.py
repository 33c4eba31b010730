import random

import numpy as np

sizes = [4, 6, 3]
random.seed(5)
np.random.seed(5)
biases = [np.random.randn(n, 1) for n in sizes[1:]]
weights = [np.random.randn(n, m) / np.sqrt(m) for m, n in zip(sizes[:-1], sizes[1:])]


def sigma(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigma_prime(z):
    return sigma(z) * (1 - sigma(z))


def gradients(x, y):
    """Two lists, as long as biases and weights."""
    acts, zs = [x], []
    for b, w in zip(biases, weights):
        zs.append(w @ acts[-1] + b)
        acts.append(sigma(zs[-1]))
    db = [np.zeros(b.shape) for b in biases]
    dw = [np.zeros(w.shape) for w in weights]
    delta = (acts[-1] - y) * sigma_prime(zs[-1])
    db[-1] = delta
    dw[-1] = np.dot(delta, acts[-2].T)
    for back in range(2, len(sizes)):
        delta = np.dot(weights[-back + 1].T, delta) * sigma_prime(zs[-back])
        db[-back] = delta
        dw[-back] = np.dot(delta, acts[-back - 1].T)
    return db, dw


def train_on(batch, eta):
    global weights, biases
    sum_b = [np.zeros(b.shape) for b in biases]
    sum_w = [np.zeros(w.shape) for w in weights]
    for x, y in batch:
        db, dw = gradients(x, y)
        sum_b = [s + d for s, d in zip(sum_b, db)]
        sum_w = [s + d for s, d in zip(sum_w, dw)]
    weights = [w - (eta / len(batch)) * s for w, s in zip(weights, sum_w)]
    biases = [b - (eta / len(batch)) * s for b, s in zip(biases, sum_b)]


examples = []
for _ in range(40):
    x = np.random.rand(4, 1)
    y = np.zeros((3, 1))
    y[int(3 * x[0, 0])] = 1.0
    examples.append((x, y))

for epoch in range(10):
    random.shuffle(examples)
    for k in range(0, len(examples), 5):
        train_on(examples[k:k + 5], 2.0)
    hits = sum(np.argmax(sigma(weights[1] @ sigma(weights[0] @ x + biases[0]) + biases[1])) == np.argmax(y) for x, y in examples)
    print("Epoch {}: {} / {}".format(epoch, hits, len(examples)))
