import math

w1, w2, w3, w4, w5, w6 = 0.11, 0.21, 0.12, 0.08, 0.34, 0.55
b1, b2, b3 = 0.05, -0.05, 0.2
lr = 0.4
data = [(2.0, 3.0, 1.0), (1.0, -1.0, 0.0)]


def f(x):
    return 1 / (1 + math.exp(-x))


for epoch in range(25):
    for x1, x2, y in data:
        h1 = f(w1 * x1 + w2 * x2 + b1)
        h2 = f(w3 * x1 + w4 * x2 + b2)
        o = f(w5 * h1 + w6 * h2 + b3)
        loss = 0.5 * (y - o) ** 2
        do = (o - y) * o * (1 - o)
        dh1 = do * w5 * h1 * (1 - h1)
        dh2 = do * w6 * h2 * (1 - h2)

        w1_new = w1 - lr * dh1 * x1
        w2_new = w2 - lr * dh1 * x2
        b1_new = b1 - lr * dh1
        w3_new = w3 - lr * dh2 * x1
        w4_new = w4 - lr * dh2 * x2
        b2_new = w6 - lr * dh2
        w5_new = w5 - lr * do * h1
        w6_new = w6 - lr * do * h2
        b3_new = b3 - lr * do

        w1, w2, w3, w4, w5, w6 = w1_new, w2_new, w3_new, w4_new, w5_new, w6_new
        b1, b2, b3 = b1_new, b2_new, b3_new
    print(epoch, loss)
