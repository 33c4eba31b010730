import math

hours = [0.5, 1.0, 1.75, 2.5, 3.0, 4.0, 4.5, 5.5]
passed = [0, 0, 1, 0, 1, 1, 1, 1]


def p(w0, w1, x):
    return 1 / (1 + math.exp(-(w0 + w1 * x)))


def loss(w0, w1):
    return -sum(y * math.log(p(w0, w1, x)) + (1 - y) * math.log(1 - p(w0, w1, x)) for x, y in zip(hours, passed)) / 8


def gradient(w0, w1):
    # y minus prediction, so that it goes downhill with a minus
    errors = [y - p(w0, w1, x) for x, y in zip(hours, passed)]
    return sum(errors) / 8, sum(e * x for e, x in zip(errors, hours)) / 8


w0, w1 = 0.1, -0.1
eta = 0.05
for k in range(30):
    g0, g1 = gradient(w0, w1)
    w0 -= eta * g0
    w1 -= eta * g1
    if k % 10 == 0:
        print(k, loss(w0, w1))
