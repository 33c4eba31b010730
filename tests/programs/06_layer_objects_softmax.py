import numpy as np


class Dense:
    def __init__(self, fan_in, fan_out):
        self.W = np.random.randn(fan_in, fan_out) * np.sqrt(2.0 / fan_in)
        self.b = np.full(fan_out, 0.01)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T

    def step(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db


class ReLU:
    def forward(self, x):
        self.off = x <= 0
        out = x.copy()
        out[self.off] = 0
        return out

    def backward(self, grad):
        grad[self.off] = 0
        return grad

    def step(self, lr):
        pass


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Model:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)

    def step(self, lr):
        for layer in self.layers:
            layer.step(lr)


np.random.seed(11)
X = np.random.randn(60, 4)
labels = (X[:, 0] + 0.5 * X[:, 1] > 0).astype(int) + (X[:, 2] > 0.4).astype(int)
model = Model([Dense(4, 8), ReLU(), Dense(8, 3)])

for epoch in range(20):
    order = np.random.permutation(len(X))
    for start in range(0, len(X), 12):
        idx = order[start:start + 12]
        xb, yb = X[idx], labels[idx]
        probs = softmax(model.forward(xb))
        loss = -np.log(probs[range(len(yb)), yb]).mean()
        grad = probs
        grad[range(len(yb)), yb] -= 1
        grad /= len(yb)
        model.backward(grad)
        model.step(0.2)
    print("epoch", epoch, "loss", loss)
