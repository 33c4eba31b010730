import math
import random


def initialize(n_inputs, n_hidden, n_outputs):
    random.seed(1)
    return [[{'weights': [random.random() - 0.3 for i in range(n_inputs + 1)]} for i in range(n_hidden)],
            [{'weights': [random.random() - 0.3 for i in range(n_hidden + 1)]} for i in range(n_outputs)]]


def forward_propagate(network, row):
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


def transfer_derivative(output):
    return 1.0 - output


def backward_propagate(network, expected):
    for neuron, e in zip(network[-1], expected):
        neuron['delta'] = (neuron['output'] - e) * transfer_derivative(neuron['output'])
    for j, neuron in enumerate(network[0]):
        s = sum(n['weights'][j] * n['delta'] for n in network[1])
        neuron['delta'] = s * transfer_derivative(neuron['output'])


def update_weights(network, row, l_rate):
    inputs = row[:-1]
    for layer in network:
        for neuron in layer:
            for j in range(len(inputs)):
                neuron['weights'][j] -= l_rate * neuron['delta'] * inputs[j]
            neuron['weights'][-1] -= l_rate * neuron['delta']
        inputs = [n['output'] for n in layer]


dataset = [[0.27, 0.25, 0], [0.14, 0.23, 0], [0.33, 0.44, 0], [0.76, 0.27, 1], [0.53, 0.20, 1], [0.86, -0.02, 1]]
network = initialize(2, 2, 2)
l_rate = 0.3
for epoch in range(20):
    for row in dataset:
        forward_propagate(network, row)
        expected = [0, 0]
        expected[row[-1]] = 1
        backward_propagate(network, expected)
        update_weights(network, row, l_rate)
for row in dataset:
    print(row[-1], forward_propagate(network, row))
