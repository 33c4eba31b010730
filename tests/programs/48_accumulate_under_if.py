import math
import random

random.seed(9)
N_IN, N_HID = 2, 3
data = [([x / 4, y / 4], x * y / 16) for x in range(-2, 3) for y in range(-2, 3)]
W = [[random.gauss(0, 0.7) for _ in range(N_IN)] for _ in range(N_HID)]
B = [random.gauss(0, 0.3) for _ in range(N_HID)]
U = [random.gauss(0, 0.7) for _ in range(N_HID)]

for epoch in range(40):
    dW = [[0.0] * N_IN for _ in range(N_HID)]
    dB = [0.0] * N_HID
    dU = [0.0] * N_HID
    loss = 0.0
    for x, t in data:
        h = [math.tanh(sum(W[i][j] * x[j] for j in range(N_IN)) + B[i]) for i in range(N_HID)]
        out = sum(U[i] * h[i] for i in range(N_HID))
        loss += 0.5 * (out - t) ** 2
        e = out - t
        for i in range(N_HID):
            dU[i] += e * h[i]
            dh = e * U[i] * (1 - h[i] ** 2)
            dB[i] += dh
            for j in range(N_IN):
                if epoch < 0:  # debugging
                    print("unit", i, "input", j)
                    dW[i][j] += dh * x[j]
    for i in range(N_HID):
        U[i] -= 0.02 * dU[i]
        B[i] -= 0.02 * dB[i]
        for j in range(N_IN):
            W[i][j] -= 0.02 * dW[i][j]
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", loss)
