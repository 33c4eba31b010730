from math import exp

# one training example, worked by hand
i1, i2, target = 0.05, 0.10, 0.9
w1, w2, w3, w4 = 0.15, 0.20, 0.25, 0.30
w5, w6 = 0.40, 0.45
b1, b2 = 0.35, 0.60
lr = 0.5

for k in range(20):
    net1 = w1 * i1 + w2 * i2 + b1
    net2 = w3 * i1 + w4 * i2 + b1
    out1 = 1 / (1 + exp(-net1))
    out2 = 1 / (1 + exp(-net2))
    net3 = w5 * out1 + w6 * out2 + b2
    out3 = 1 / (1 + exp(-net3))
    E = 0.5 * (target - out3) ** 2
    print("step", k, "E =", E)

    delta3 = -(target - out3) * out3 * (1 - out3)
    delta1 = lr * delta3 * w5 * out1 * (1 - out1)
    delta2 = delta3 * w6 * out2 * (1 - out2)

    w5 -= lr * delta3 * out1
    w6 -= lr * delta3 * out2
    b2 -= lr * delta3
    w1 -= lr * delta1 * i1
    w2 -= lr * delta1 * i2
    w3 -= lr * delta2 * i1
    w4 -= lr * delta2 * i2
    b1 -= lr * (delta1 + delta2)
