from math import exp
from random import random, seed


def make_network(n_in, n_hid, n_out):
    hidden = [{"weights": [random() - 0.5 for _ in range(n_in + 1)]} for _ in range(n_hid)]
    output = [{"weights": [random() - 0.5 for _ in range(n_hid + 1)]} for _ in range(n_out)]
    return [hidden, output]


def fire(weights, signals):
    total = weights[-1]  # the bias sits at the end
    for w, s in zip(weights, signals):
        total += w * s
    return 1.0 / (1.0 + exp(-total))


def forward(net, row):
    signals = row
    for layer in net:
        nxt = []
        for neuron in layer:
            neuron["output"] = fire(neuron["weights"], signals)
            nxt.append(neuron["output"])
        signals = nxt
    return signals


def backward(net, wanted):
    for i in reversed(range(len(net))):
        layer = net[i]
        for j, neuron in enumerate(layer):
            if i == len(net) - 1:
                error = wanted[j] - neuron["output"]
            else:
                error = 0.0
                for after in net[i + 1]:
                    error += after["weights"][j] * after["delta"]
            neuron["delta"] = error * neuron["output"] * (1.0 - neuron["output"])


def learn(net, row, rate):
    signals = row
    for layer in net:
        for neuron in layer:
            for k in range(len(signals)):
                neuron["weights"][k] += rate * neuron["delta"] * signals[k]
            neuron["weights"][-1] += rate * neuron["delta"]
        signals = [neuron["output"] for neuron in layer]


seed(2)
rows = [([0.5, 2.0], 0), ([1.0, 1.5], 0), ([0.2, 0.9], 0), ([2.5, 0.3], 1), ([1.9, 0.8], 1), ([3.0, 1.1], 1)]
net = make_network(2, 3, 2)
rate = 0.4
for epoch in range(30):
    err = 0
    for row, label in rows:
        out = forward(net, row)
        wanted = [0, 0]
        wanted[label] = 1
        err += sum((wanted[i] - out[i]) ** 2 for i in range(2))
        backward(net, wanted)
        learn(net, row, rate)
    print("round %d: %.3f" % (epoch, err))
