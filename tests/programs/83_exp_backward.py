from math import exp, log

x, label = 1.5, 0   # class 0 or 1
w1, b1 = 0.3, -0.1
w2, b2 = -0.4, 0.2

for k in range(25):
    s1 = w1 * x + b1
    s2 = w2 * x + b2
    e1 = exp(s1)
    e2 = exp(s2)
    total = e1 + e2
    p = e1 / total if label == 0 else e2 / total
    loss = -log(p)

    dp = -1 / p
    de1 = dp * (1 / total) if label == 0 else 0.0
    de2 = dp * (1 / total) if label == 1 else 0.0
    dtotal = -dp * p / total
    de1 += dtotal
    de2 += dtotal
    ds1 = de1 * s1
    ds2 = de2 * e2
    w1 -= 0.2 * ds1 * x
    b1 -= 0.2 * ds1
    w2 -= 0.2 * ds2 * x
    b2 -= 0.2 * ds2
    print(k, loss)
