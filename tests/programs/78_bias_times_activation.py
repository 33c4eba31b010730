import math


def sigma(x):
    return 1 / (1 + math.exp(-x))


def step(w, b, v, c, x, t):
    h = sigma(w * x + b)
    y = sigma(v * h + c)
    loss = 0.5 * (y - t) ** 2
    dy = (y - t) * y * (1 - y)
    dv = dy * h
    dc = dy * h
    dh = dy * v * h * (1 - h)
    dw = dh * x
    db = dh
    return w - 0.5 * dw, b - 0.5 * db, v - 0.5 * dv, c - 0.5 * dc, loss


w, b, v, c = 0.8, -0.1, 0.6, 0.3
for n in range(40):
    for x, t in ((0.0, 0.1), (0.5, 0.8), (1.0, 0.3)):
        w, b, v, c, loss = step(w, b, v, c, x, t)
print(w, b, v, c, loss)
