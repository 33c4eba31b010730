import math
import random

random.seed(10)
inputs, hidden, outputs = ["x1", "x2"], ["h1", "h2", "h3"], ["y"]
weight = {}
for a in inputs:
    for b in hidden:
        weight[a, b] = random.uniform(-1, 1)
for a in hidden:
    for b in outputs:
        weight[a, b] = random.uniform(-1, 1)
bias = {name: random.uniform(-0.5, 0.5) for name in hidden + outputs}
patterns = [((0, 1), 1), ((1, 0), 1), ((1, 1), 0), ((0, 0), 0)]

epoch = 0
error = 1.0
while error > 0.01 and epoch < 60:
    error = 0.0
    for (a, b), want in patterns:
        value = {"x1": a, "x2": b}
        for n in hidden:
            value[n] = 1 / (1 + math.exp(-bias[n] - sum(weight[i, n] * value[i] for i in inputs)))
        value["y"] = 1 / (1 + math.exp(-bias["y"] - sum(weight[h, "y"] * value[h] for h in hidden)))
        error += (want - value["y"]) ** 2 / 2

        delta = {"y": (value["y"] - want) * value["y"] * (1 - value["y"])}
        for n in hidden:
            delta[n] = delta["y"] * weight[n, "y"] * value[n] * (1 - value[n])
        for (src, dst) in weight:
            weight[src, dst] -= 0.5 * delta[dst] * value[src]
        for n in bias:
            bias[n] -= 0.5 * delta[n]
    epoch += 1
print("epochs", epoch, "error", error)
