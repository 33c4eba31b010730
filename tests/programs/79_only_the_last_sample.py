import math

w = [[0.2, -0.4, 0.1], [0.7, 0.3, -0.1]]   # last one is the bias
v = [0.5, -0.3, 0.2]
train = [([0.1, 0.5], 1), ([0.9, 0.4], 0), ([0.4, 0.8], 1), ([0.7, 0.9], 0)]


def sigmoid(s):
    return 1 / (1 + math.exp(-s))


def forward(x):
    h = [sigmoid(row[0] * x[0] + row[1] * x[1] + row[2]) for row in w]
    return h, sigmoid(v[0] * h[0] + v[1] * h[1] + v[2])


for epoch in range(50):
    gw = [[0, 0, 0], [0, 0, 0]]
    gv = [0, 0, 0]
    cost = 0
    for x, t in train:
        h, o = forward(x)
        cost += (o - t) ** 2 / 2
        d = (o - t) * o * (1 - o)
        for j in range(2):
            gv[j] += d * h[j]
            dj = d * v[j] * h[j] * (1 - h[j])
            for i in range(2):
                gw[j][i] = dj * x[i]
            gw[j][2] += dj
        gv[2] += d
    for j in range(2):
        for i in range(3):
            w[j][i] -= 0.4 * gw[j][i]
    for j in range(3):
        v[j] -= 0.4 * gv[j]
    if epoch % 10 == 0:
        print(epoch, cost)
