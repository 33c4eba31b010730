import numpy as np


def init_params(dims):
    np.random.seed(4)
    p = {}
    for l in range(1, len(dims)):
        p["W" + str(l)] = np.random.randn(dims[l], dims[l - 1]) / np.sqrt(dims[l - 1])
        p["b" + str(l)] = np.zeros((dims[l], 1)) + 0.05
    return p


def relu(Z):
    return np.maximum(0, Z)


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def forward(X, parameters):
    L = len(parameters) // 2
    A = X
    caches = []
    for l in range(1, L + 1):
        A_prev = A
        Z = parameters["W" + str(l)] @ A_prev + parameters["b" + str(l)]
        A = sigmoid(Z) if l == L else relu(Z)
        caches.append((A_prev, Z))
    return A, caches


def cost_fn(AL, Y):
    m = Y.shape[1]
    cost = -(1 / m) * np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))
    return np.squeeze(cost)


def backward(AL, Y, caches, parameters):
    grads = {}
    m = Y.shape[1]
    L = len(caches)
    dZ = AL - Y
    for l in reversed(range(1, L + 1)):
        A_prev, Z = caches[l - 1]
        grads["dW" + str(l)] = (1 / m) * dZ @ A_prev.T
        grads["db" + str(l)] = (1 / m) * np.sum(dZ, axis=1, keepdims=True)
        if l > 1:
            dA_prev = parameters["W" + str(l)].T @ dZ
            dZ = dA_prev * (caches[l - 2][1] > 0)
    return grads


def update(parameters, grads, learning_rate):
    for l in range(1, len(parameters) // 2 + 1):
        parameters["W" + str(l)] -= learning_rate * grads["dW" + str(l)]
        parameters["b" + str(l)] -= learning_rate * grads["db" + str(l)]
    return parameters


rng = np.random.RandomState(0)
X = rng.randn(2, 30)
Y = (X[0:1] * X[1:2] > 0).astype(int)

parameters = init_params([2, 5, 4, 1])
learning_rate = 0.3
for i in range(200):
    AL, caches = forward(X, parameters)
    cost = cost_fn(AL, Y)
    grads = backward(AL, Y, caches, parameters)
    parameters = update(parameters, grads, learning_rate)
    if i % 50 == 0:
        print("Cost after iteration %i: %f" % (i, cost))
