import math

w, b, v, c = 0.4, 0.1, -0.6, 0.2
LR = 0.05
xs = [-1.0, -0.5, 0.0, 0.5, 1.0]


def one(x, t):
    global w, b, v, c
    h = math.tanh(w * x + b)
    y = v * h + c
    error = (y - t) ** 2
    dy = y - t
    dh = dy * v * (1 - h * h)
    v -= LR * dy * h
    c -= LR * dy
    w -= LR * dh * x
    b -= LR * dh
    return error


for epoch in range(40):
    total = 0
    for x in xs:
        total += one(x, x * x)
    if epoch % 10 == 0:
        print(epoch, total)
