import numpy as np

# three weight vectors in a row, each unit feeds the one of its own index
x = np.array([0.4, 0.9, -0.3])
target = np.array([0.1, 0.8, 0.5])
A = np.array([0.5, -0.4, 0.8])
B = np.array([1.2, 0.7, -0.6])
C = np.array([-0.9, 0.3, 1.1])


def sigma(u):
    return 1 / (1 + np.exp(-u))


for i in range(50):
    p = sigma(A * x)
    q = sigma(B * p)
    r = sigma(C * q)
    loss = 0.5 * np.sum((r - target) ** 2)
    dr = (r - target) * r * (1 - r)
    dq = dr * C * q * (1 - q)
    dp = dq * B * p * (1 - p)
    C -= 0.5 * (r - target) * q
    B -= 0.5 * dq * B
    A -= 0.5 * dp * x
    if i % 10 == 0:
        print(i, loss)
