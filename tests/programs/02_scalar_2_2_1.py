import math
import random

random.seed(3)
points = [(0.1, 0.9, 1), (0.8, 0.2, 0), (0.4, 0.7, 1), (0.9, 0.5, 0), (0.3, 0.3, 0), (0.6, 0.95, 1)]

w11, w12 = random.uniform(-1, 1), random.uniform(-1, 1)
w21, w22 = random.uniform(-1, 1), random.uniform(-1, 1)
v1, v2 = random.uniform(-1, 1), random.uniform(-1, 1)
c1 = c2 = c3 = 0.0
eta = 0.5


def sig(t):
    return 1 / (1 + math.exp(-t))


for epoch in range(50):
    total = 0
    for x1, x2, y in points:
        # forward
        s1 = w11 * x1 + w12 * x2 + c1
        s2 = w21 * x1 + w22 * x2 + c2
        a1, a2 = sig(s1), sig(s2)
        p = sig(v1 * a1 + v2 * a2 + c3)
        loss = -(y * math.log(p) + (1 - y) * math.log(1 - p))
        total += loss

        # backward
        d3 = p - y
        d1 = d3 * v1 * a1 * (1 - a1)
        d2 = d3 * v2 * a2 * (1 - a2)
        dv1, dv2 = d3 * a1, d3 * a2
        dw11, dw12 = d1 * x1, d1 * x2
        dw21, dw22 = d2 * x1, d2 * x2

        # step
        w11 -= eta * dw11
        w12 -= eta * dw12
        w21 -= eta * dw21
        w22 -= eta * dw22
        v1 -= eta * dv1
        v2 -= eta * dv2
        c1 -= eta * d1
        c2 -= eta * d2
        c3 -= eta * d3
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", round(total / len(points), 4))
