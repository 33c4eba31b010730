import numpy as np

np.random.seed(3)
angle = np.linspace(0, np.pi, 15)
upper = np.array([np.cos(angle), np.sin(angle)])
lower = np.array([1 - np.cos(angle), 0.4 - np.sin(angle)])
X = np.hstack([upper, lower]) + 0.1 * np.random.randn(2, 30)
Y = np.array([[0] * 15 + [1] * 15])


def sizes_of(X, Y, n_h=4):
    return X.shape[0], n_h, Y.shape[0]


def forward(X, params):
    A1 = np.tanh(params['W1'] @ X + params['b1'])
    A2 = 1 / (1 + np.exp(-(params['W2'] @ A1 + params['b2'])))
    return {'A1': A1, 'A2': A2}


def backward(params, cache, X, Y):
    m = X.shape[1]
    A1, A2 = cache['A1'], cache['A2']
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = (dW2.T @ dZ2) * (1 - np.power(A1, 2))
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {'dW1': dW1, 'db1': db1, 'dW2': dW2, 'db2': db2}


n_x, n_h, n_y = sizes_of(X, Y)
params = {'W1': np.random.randn(n_h, n_x) * 0.5, 'b1': np.zeros((n_h, 1)),
          'W2': np.random.randn(n_y, n_h) * 0.5, 'b2': np.zeros((n_y, 1))}
for i in range(120):
    cache = forward(X, params)
    cost = -np.mean(Y * np.log(cache['A2']) + (1 - Y) * np.log(1 - cache['A2']))
    grads = backward(params, cache, X, Y)
    for key in params:
        params[key] = params[key] - 1.2 * grads['d' + key]
    if i % 40 == 0:
        print("cost after", i, cost)
