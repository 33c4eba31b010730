import numpy as np

np.random.seed(23)
X = np.random.randn(16, 3)
Y = np.random.randn(16, 2)
W1 = np.random.randn(3, 5)
gamma = np.ones(5)
beta = np.zeros(5)
W2 = np.random.randn(5, 2) * 0.5
lr = 0.1
eps = 1e-5


def batchnorm_forward(x, gamma, beta):
    mu = x.mean(axis=0)
    xc = x - mu
    var = (xc ** 2).mean(axis=0)
    std = np.sqrt(var + eps)
    xhat = xc / std
    return gamma * xhat + beta, (xhat, std, gamma)


def batchnorm_backward(dout, cache):
    xhat, std, gamma = cache
    m = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dx = (m * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (m * std)
    return dx, dgamma, dbeta


for it in range(100):
    a = X @ W1
    n, cache = batchnorm_forward(a, gamma, beta)
    h = np.tanh(n)
    out = h @ W2
    loss = 0.5 * np.sum((out - Y) ** 2) / len(X)
    dout = (out - Y) / len(X)
    dW2 = h.T @ dout
    dn = (dout @ W2.T) * (1 - h ** 2)
    da, dgamma, dbeta = batchnorm_backward(dn, cache)
    dW1 = X.T @ da

    W1 -= lr * dW1
    gamma -= lr * dgamma
    beta -= lr * dbeta
    W2 -= lr * dW2
    if it % 25 == 0:
        print(it, loss)
