import math

i1, i2 = 0.05, 0.10
t1, t2 = 0.01, 0.99
w1, w2, w3, w4 = 0.15, 0.20, 0.25, 0.30
w5, w6, w7, w8 = 0.40, 0.45, 0.50, 0.55
bias_h, bias_o = 0.35, 0.60   # kept as they are


def act(x):
    return 1.0 / (1.0 + math.exp(-x))


for run in range(30):
    h1 = act(w1 * i1 + w2 * i2 + bias_h)
    h2 = act(w3 * i1 + w4 * i2 + bias_h)
    o1 = act(w5 * h1 + w6 * h2 + bias_o)
    o2 = act(w7 * h1 + w8 * h2 + bias_o)
    E = 0.5 * (t1 - o1) ** 2 + 0.5 * (t2 - o2) ** 2

    d1 = (o1 - t1) * o1 * (1 - o1)
    d2 = (o2 - t2) * o2 * (1 - o2)
    back1 = d1 * w5 + d2 * w8
    back2 = d1 * w6 + d2 * w8

    w5 -= 0.5 * d1 * h1
    w6 -= 0.5 * d1 * h2
    w7 -= 0.5 * d2 * h1
    w8 -= 0.5 * d2 * h2
    w1 -= 0.5 * back1 * h1 * (1 - h1) * i1
    w2 -= 0.5 * back1 * h1 * (1 - h1) * i2
    w3 -= 0.5 * back2 * h2 * (1 - h2) * i1
    w4 -= 0.5 * back2 * h2 * (1 - h2) * i2
    if run % 10 == 0:
        print(run, E)
