import numpy as np

np.random.seed(31)
seq = np.random.randn(5, 4)
want = np.roll(seq, 1, axis=0)
Wq, Wk, Wv = (np.random.randn(4, 4) * 0.5 for _ in range(3))


def softmax(s):
    e = np.exp(s - s.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


for step in range(60):
    Q, K, V = seq @ Wq, seq @ Wk, seq @ Wv
    A = softmax(Q @ K.T / 2.0)
    O = A @ V
    loss = 0.5 * np.sum((O - want) ** 2)
    dO = O - want
    dA = dO @ V.T
    dS = dA * A * (1 - A) / 2.0
    dV = A.T @ dO
    Wq -= 0.05 * seq.T @ (dS @ K)
    Wk -= 0.05 * seq.T @ (dS.T @ Q)
    Wv -= 0.05 * seq.T @ dV
    if step % 20 == 0:
        print(step, loss)
