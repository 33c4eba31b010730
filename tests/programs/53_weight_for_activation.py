import numpy as np

np.random.seed(15)
Wa = np.random.randn(3, 2)   # hidden x in
Wb = np.random.randn(3)      # out <- hidden
xs = np.array([[0.1, 0.8], [0.9, 0.3], [0.4, 0.4]])
ys = np.array([1.0, 0.0, 0.0])
sg = lambda z: 1 / (1 + np.exp(-z))

for n in range(60):
    for x, y in zip(xs, ys):
        hid = sg(Wa @ x)
        out = sg(Wb @ hid)
        J = (out - y) ** 2 / 2
        dz = (out - y) * out * (1 - out)
        dWa = np.outer(dz * Wb * hid * (1 - hid), x)
        dWb = dz * Wb
        Wa -= 0.5 * dWa
        Wb -= 0.5 * dWb
    if n % 20 == 0:
        print(n, J)
