import math

w1, w2, w3, w4, w5, w6 = 0.4, -0.2, 0.1, 0.6, -0.5, 0.9
b1, b2, b3 = 0.1, 0.2, -0.3
lr = 0.2
table = [[0.2, 0.7, 1], [0.9, 0.4, 0], [0.3, 0.1, 0], [0.6, 0.8, 1]]
for epoch in range(20):
    for x1, x2, y in table:
        h1 = 1 / (1 + math.exp(-(w1 * x1 + w2 * x2 + b1)))
        h2 = 1 / (1 + math.exp(-(w3 * x1 + w4 * x2 + b2)))
        yp = 1 / (1 + math.exp(-(w5 * h1 + w6 * h2 + b3)))
        L = -(y * math.log(yp) + (1 - y) * math.log(1 - yp))
        d3 = yp - y
        d1 = d3 * w5 * h1 * (1 - h1)
        d2 = d3 * w6 * h2 * (1 - h2)
        new_w2 = w2 - lr * d1 * x1
        new_w1 = w1 - lr * d1 * x1
        new_w3 = w3 - lr * d2 * x1
        new_w4 = w4 - lr * d2 * x2
        new_w5 = w5 - lr * d3 * h1
        new_w6 = w5 - lr * d3 * h2
        new_b1 = b1 - lr * d1
        new_b2 = b2 - lr * d2
        new_b3 = b3 - lr * d3
        w1, w2, w3, w4 = new_w1, new_w2, new_w3, new_w4
        w5, w6 = new_w5, new_w6
        b1, b2, b3 = new_b1, new_b2, new_b3
    print(epoch, L)
