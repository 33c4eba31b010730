import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run_net(X, parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.maximum(0, Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    A2 = np.maximum(0, Z2)
    Z3 = np.dot(parameters["W3"], A2) + parameters["b3"]
    return sigmoid(Z3), (Z1, A1, Z2, A2)


def derive(X, Y, A3, parameters, cache):
    m = X.shape[1]
    Z1, A1, Z2, A2 = cache
    dZ3 = A3 - Y
    dW3 = 1 / m * np.dot(dZ3, A2.T)
    db3 = 1 / m * np.sum(dZ3, axis=1, keepdims=True)
    dZ2 = np.multiply(np.dot(parameters["W3"].T, dZ3), (A2 > 0).astype(int))
    dW2 = 1 / m * np.dot(dZ2, A1.T) * 2
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.multiply(np.dot(parameters["W2"].T, dZ2), (A1 > 0).astype(int))
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}


np.random.seed(1)
X = np.random.randn(4, 12)
Y = np.array([[1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0]])
sizes = [4, 5, 3, 1]
parameters = {}
for l in (1, 2, 3):
    parameters["W%d" % l] = np.random.randn(sizes[l], sizes[l - 1]) * 0.7
    parameters["b%d" % l] = np.random.randn(sizes[l], 1) * 0.1

for i in range(100):
    A3, cache = run_net(X, parameters)
    cost = -np.sum(np.log(A3) * Y + np.log(1 - A3) * (1 - Y)) / Y.shape[1]
    slopes = derive(X, Y, A3, parameters, cache)
    for name in parameters:
        parameters[name] = parameters[name] - 0.2 * slopes[name]
    if i % 25 == 0:
        print(i, cost)
