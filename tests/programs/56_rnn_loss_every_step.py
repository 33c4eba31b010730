import numpy as np

np.random.seed(20)
hidden_size = 4
U = np.random.uniform(-0.5, 0.5, (hidden_size, 1))
W = np.random.uniform(-0.5, 0.5, (hidden_size, hidden_size))
V = np.random.uniform(-0.5, 0.5, (1, hidden_size))
lr = 0.1

series = np.sin(0.4 * np.arange(40))
windows = [(series[i:i + 5], series[i + 5]) for i in range(0, 30, 3)]

for epoch in range(12):
    total = 0.0
    for seq, target in windows:
        h = [np.zeros((hidden_size, 1))]
        for x in seq:
            h.append(np.tanh(U * x + W @ h[-1]))
        y = V @ h[-1]
        loss = 0.5 * float((y[0, 0] - target) ** 2)
        total += loss

        dy = y - target
        dV = dy @ h[-1].T
        dU, dW = np.zeros_like(U), np.zeros_like(W)
        dh_next = np.zeros((hidden_size, 1))
        for t in reversed(range(len(seq))):
            dh = V.T @ dy + dh_next
            dz = dh * (1 - h[t + 1] ** 2)
            dU += dz * seq[t]
            dW += dz @ h[t].T
            dh_next = W.T @ dz
        V -= lr * dV
        U -= lr * dU
        W -= lr * dW
    print("epoch", epoch, total / len(windows))
