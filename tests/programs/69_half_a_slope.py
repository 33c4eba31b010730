import math
import random


def build(n_in, n_mid, n_out):
    random.seed(1)
    return [[{'weights': [random.random() - 0.3 for i in range(n_in + 1)]} for i in range(n_mid)],
            [{'weights': [random.random() - 0.3 for i in range(n_mid + 1)]} for i in range(n_out)]]


def send_forward(network, row):
    inputs = row[:-1]
    for layer in network:
        outputs = []
        for neuron in layer:
            z = neuron['weights'][-1]
            for i in range(len(inputs)):
                z += neuron['weights'][i] * inputs[i]
            neuron['output'] = 1.0 / (1.0 + math.exp(-z))
            outputs.append(neuron['output'])
        inputs = outputs
    return inputs


def steepness(output):
    return 1.0 - output


def send_back(network, wished):
    for neuron, e in zip(network[-1], wished):
        neuron['delta'] = (neuron['output'] - e) * steepness(neuron['output'])
    for j, neuron in enumerate(network[0]):
        s = sum(n['weights'][j] * n['delta'] for n in network[1])
        neuron['delta'] = s * steepness(neuron['output'])


def adjust(network, row, pace):
    inputs = row[:-1]
    for layer in network:
        for neuron in layer:
            for j in range(len(inputs)):
                neuron['weights'][j] -= pace * neuron['delta'] * inputs[j]
            neuron['weights'][-1] -= pace * neuron['delta']
        inputs = [n['output'] for n in layer]


flowers = [[0.1, 0.8, 0], [0.3, 0.7, 0], [0.2, 0.5, 0], [0.9, 0.3, 1], [0.7, 0.1, 1], [0.6, 0.4, 1]]
network = build(2, 2, 2)
pace = 0.3
for epoch in range(20):
    for row in flowers:
        send_forward(network, row)
        wished = [0, 0]
        wished[row[-1]] = 1
        send_back(network, wished)
        adjust(network, row, pace)
for row in flowers:
    print(row[-1], send_forward(network, row))
