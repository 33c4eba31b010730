import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1) @ w + b
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def layernorm_forward(x, gain, shift, eps=1e-5):
    centred = x - x.mean(axis=1, keepdims=True)
    inv = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    norm = centred * inv
    return gain * norm + shift, (norm, inv, gain)


def layernorm_backward(dout, cache):
    norm, inv, gain = cache
    dshift = np.sum(dout, axis=0)
    dgain = np.sum(dout * norm, axis=0)
    dn = dout * gain
    dx = inv * (dn - dn.mean(axis=1, keepdims=True) - norm * np.mean(dn * norm, axis=1, keepdims=True))
    return dx, dgain, dshift


def softmax_loss(x, y):
    z = x - x.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    n = len(y)
    dx = np.exp(logp)
    dx[np.arange(n), y] -= 1
    return -logp[np.arange(n), y].mean(), dx / n


rng = np.random.RandomState(33)
x = rng.randn(6, 2, 2)
y = rng.randint(0, 5, 6)
W, b = rng.randn(4, 5), rng.randn(5)
gain, shift = 1 + 0.1 * rng.randn(5), 0.1 * rng.randn(5)
a, cache1 = affine_forward(x, W, b)
s, cache2 = layernorm_forward(a, gain, shift)
loss, ds = softmax_loss(s, y)
da, dgain, dshift = layernorm_backward(ds, cache2)
dx, dW, db = affine_backward(da, cache1)
print(loss, dW.shape, dx.shape)
