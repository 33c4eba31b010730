import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def predict(net, X):
    cache = {}
    cache['h'] = sigmoid(X @ net['W1'] + net['b1'])
    cache['p'] = sigmoid(cache['h'] @ net['W2'] + net['b2'])
    return cache


def grads(net, X, y):
    n = len(X)
    c = predict(net, X)
    delta = c['p'] - y
    g = {}
    g['W2'] = c['h'].T @ delta / n
    g['b2'] = delta.mean(axis=0, keepdims=True)
    back = g['b2'] @ net['W2'].T
    dh = back * c['h'] * (1 - c['h'])
    g['W1'] = X.T @ dh / n
    g['b1'] = dh.mean(axis=0, keepdims=True)
    return g


rng = np.random.RandomState(6)
X = rng.uniform(-1, 1, (16, 2))
y = (X[:, :1] ** 2 + X[:, 1:] ** 2 < 0.5) * 1.0
net = {'W1': rng.randn(2, 5), 'b1': np.zeros((1, 5)), 'W2': rng.randn(5, 1), 'b2': np.zeros((1, 1))}
for it in range(100):
    p = predict(net, X)['p']
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    g = grads(net, X, y)
    for k in net:
        net[k] -= 0.4 * g[k]
    if it % 25 == 0:
        print(it, loss)
