import numpy as np

BETA = 0.9


def initialise(n_x, n_h, n_y):
    params = {"W1": np.random.randn(n_x, n_h) * 0.4, "b1": np.zeros(n_h),
              "W2": np.random.randn(n_h, n_y) * 0.4, "b2": np.zeros(n_y)}
    velocity = {name: np.zeros_like(value) for name, value in params.items()}
    return params, velocity


def forward_backward(params, X, Y):
    H = np.tanh(X @ params["W1"] + params["b1"])
    P = 1 / (1 + np.exp(-(H @ params["W2"] + params["b2"])))
    loss = -np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P))
    dlogit = (P - Y) / len(X)
    dH = dlogit @ params["W2"].T
    dpre = dH * (1 - H ** 2)
    grads = {
        "W2": H.T @ dlogit, "b2": dlogit.sum(0),
        "W1": X.T @ dpre, "b1": dpre.sum(0),
    }
    return loss, grads


np.random.seed(14)
X = np.random.randn(48, 3)
Y = (X.prod(axis=1, keepdims=True) > 0).astype(float)
params, velocity = initialise(3, 7, 1)
lr = 0.2
for epoch in range(15):
    perm = np.random.permutation(48)
    for i in range(0, 48, 16):
        batch = perm[i:i + 16]
        loss, grads = forward_backward(params, X[batch], Y[batch])
        for name in params:
            velocity[name] = BETA * velocity[name] - lr * grads[name]
            params[name] += velocity[name]
    lr *= 0.97
    print("epoch", epoch + 1, "loss %.4f" % loss)
