import math
import random

random.seed(6)
net = [[{'weights': [random.gauss(0, 1), random.gauss(0, 1)], 'bias': 0.1} for _ in range(2)],
       [{'weights': [random.gauss(0, 1), random.gauss(0, 1)], 'bias': -0.1}]]


def run(x):
    for layer in net:
        y = []
        for n in layer:
            n['input'] = x
            n['output'] = math.tanh(n['bias'] + sum(w * v for w, v in zip(n['weights'], x)))
            y.append(n['output'])
        x = y
    return x[0]


def train(x, target):
    y = run(x)
    top = net[1][0]
    top['delta'] = (target - y) * (1 - y * y)
    for i, n in enumerate(net[0]):
        n['delta'] = top['delta'] * top['weights'][i] * n['output'] * (1 - n['output'])
    for layer in net:
        for n in layer:
            for i in range(len(n['weights'])):
                n['weights'][i] += 0.15 * n['delta'] * n['input'][i]
            if layer is net[1]:
                n['bias'] += 0.15 * n['delta'] * n['input'][0]
            else:
                n['bias'] += 0.15 * n['delta']


facts = [([0.5, -0.5], 0.8), ([-1.0, 0.3], -0.4), ([0.2, 0.9], 0.1)]
for epoch in range(25):
    for x, t in facts:
        train(x, t)
print([run(x) for x, _ in facts])
