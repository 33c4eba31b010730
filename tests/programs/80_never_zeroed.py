import numpy as np


class Layer:
    def __init__(self, i, o, last=False):
        self.weight = np.random.randn(i, o) * 0.5
        self.bias = np.zeros(o)
        self.last = last
        self.d_weight = np.zeros_like(self.weight)
        self.d_bias = np.zeros_like(self.bias)

    def forward(self, x):
        self.x = x
        s = x @ self.weight + self.bias
        self.y = s if self.last else np.tanh(s)
        return self.y

    def backward(self, d):
        if not self.last:
            d = d * (1 - self.y ** 2)
        self.d_weight += self.x.T @ d
        self.d_bias += d.sum(axis=0)
        return d @ self.weight.T

    def update(self, lr):
        self.weight -= lr * self.d_weight
        self.bias -= lr * self.d_bias


np.random.seed(50)
layers = [Layer(2, 5), Layer(5, 1, last=True)]
X = np.random.uniform(-1, 1, (24, 2))
Y = X[:, :1] * X[:, 1:]
for epoch in range(5):
    for i in range(0, 24, 6):
        x, y = X[i:i + 6], Y[i:i + 6]
        out = x
        for layer in layers:
            out = layer.forward(out)
        loss = 0.5 * np.sum((out - y) ** 2) / len(x)
        d = (out - y) / len(x)
        for layer in reversed(layers):
            d = layer.backward(d)
        for layer in layers:
            layer.update(0.02)
    print(epoch, loss)
