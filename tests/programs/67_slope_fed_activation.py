import numpy as np

sigmoid = lambda x: 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    """x is the weighted sum"""
    return sigmoid(x) * (1 - sigmoid(x))


def forward(model, x):
    z1 = x @ model["W1"] + model["b1"]
    a1 = sigmoid(z1)
    z2 = a1 @ model["W2"] + model["b2"]
    return z1, a1, z2, sigmoid(z2)


np.random.seed(18)
model = dict(W1=np.random.randn(3, 4), W2=np.random.randn(4, 2), b1=np.random.randn(4), b2=np.random.randn(2))
x = np.random.rand(6, 3)
t = np.random.randint(0, 2, (6, 2))
for i in range(200):
    z1, a1, z2, a2 = forward(model, x)
    loss = 0.5 * ((a2 - t) ** 2).sum()
    d2 = (a2 - t) * sigmoid_derivative(z2)
    d1 = d2 @ model["W2"].T * sigmoid_derivative(a1)
    model["W2"] -= 0.4 * a1.T @ d2
    model["b2"] -= 0.4 * d2.sum(0)
    model["W1"] -= 0.4 * x.T @ d1
    model["b1"] -= 0.4 * d1.sum(0)
    if i % 50 == 0:
        print("%d %.4f" % (i, loss))
