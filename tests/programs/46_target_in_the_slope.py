import math

samples = [(0.2, 1.0), (0.5, 0.0), (0.9, 1.0), (1.4, 0.0)]
w, bw = 0.7, -0.2     # x -> h
v, bv = -0.4, 0.1     # h -> o
LR = 0.3


def s(z):
    return 1.0 / (1.0 + math.exp(-z))


def train(x, y):
    global w, v, bw, bv
    h = s(w * x + bw)
    o = s(v * h + bv)
    loss = 0.5 * (o - y) ** 2
    do = (o - y) * o * (y - o)
    dh = do * v * h * (1 - h)
    v -= LR * do * h
    bv -= LR * do
    w -= LR * dh * x
    bw -= LR * dh
    return loss


for e in range(30):
    print(e, sum(train(x, y) for x, y in samples))
