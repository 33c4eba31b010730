import csv

import numpy as np


def load(path):
    rows = []
    with open(path) as f:
        for rec in csv.DictReader(f):
            rows.append([float(rec["hours"]), float(rec["sleep"]), float(rec["passed"])])
    table = np.array(rows)
    X, y = table[:, :2], table[:, 2]
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def train(X, y, rate=0.5, steps=80, tol=1e-6):
    weights = np.zeros(X.shape[1])
    bias = 0.0
    last = float("inf")
    for k in range(steps):
        prob = 1 / (1 + np.exp(-(X @ weights + bias)))
        loss = -(y * np.log(prob) + (1 - y) * np.log(1 - prob)).mean()
        if abs(last - loss) < tol:
            return weights, bias
        last = loss
        diff = prob - y
        weights -= rate * (X.T @ diff) / len(y)
        bias -= rate * diff.mean()
        rate = rate * 0.99
    return weights, bias


X, y = load("students.csv")
print(train(X, y))
