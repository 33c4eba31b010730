import math
import random

ALPHA = 0.6


class Neuron:
    def __init__(self, n):
        self.weights = [random.uniform(-1, 1) for _ in range(n)]
        self.bias = random.uniform(-1, 1)
        self.inputs = None
        self.value = None
        self.delta = None

    def activate(self, inputs):
        self.inputs = inputs
        s = sum(w * i for w, i in zip(self.weights, inputs)) + self.bias
        self.value = 1 / (1 + math.exp(-s))
        return self.value

    def slope(self):
        return self.value * (1 - self.value)

    def learn(self):
        self.weights = [w - ALPHA * self.delta * i for w, i in zip(self.weights, self.inputs)]
        self.bias -= ALPHA * self.delta


random.seed(12)
hidden = [Neuron(2), Neuron(2), Neuron(2)]
out = Neuron(3)
table = {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 0}

for epoch in range(50):
    loss = 0
    for pair, wanted in table.items():
        got = out.activate([h.activate(pair) for h in hidden])
        loss += (got - wanted) ** 2 / 2
        out.delta = (got - wanted) * out.slope()
        for k, h in enumerate(hidden):
            h.delta = out.delta * out.weights[k] * h.slope()
        for neuron in hidden + [out]:
            neuron.learn()
    if epoch % 10 == 0:
        print(epoch, loss)
