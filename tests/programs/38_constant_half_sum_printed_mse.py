import numpy as np

x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [0], [0], [1]])
np.random.seed(2)
w1 = np.random.rand(3, 4)
w2 = np.random.rand(4, 1)
sigmoid = lambda z: 1.0 / (1 + np.exp(-z))

for i in range(600):
    l1 = sigmoid(np.dot(x, w1))
    out = sigmoid(np.dot(l1, w2))
    mse = np.mean(np.square(y - out))
    d_out = (y - out) * out * (1 - out)
    d_l1 = np.dot(d_out, w2.T) * l1 * (1 - l1)
    w2 += 0.7 * np.dot(l1.T, d_out)
    w1 += 0.7 * np.dot(x.T, d_l1)
    if i % 200 == 0:
        print("loss after", i, ":", mse)
