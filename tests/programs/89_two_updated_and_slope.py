import numpy as np

X = np.array([[0.1, 0.3], [0.9, 0.2], [0.5, 0.8]])
Y = np.array([[0.2], [0.9], [0.6]])
np.random.seed(4)
W1 = np.random.randn(2, 3)
W2 = np.random.randn(3, 1)
b1 = np.zeros((1, 3))
b2 = np.zeros((1, 1))

for i in range(100):
    H = 1 / (1 + np.exp(-(X @ W1 + b1)))
    O = 1 / (1 + np.exp(-(H @ W2 + b2)))
    loss = 0.5 * np.sum((O - Y) ** 2)
    dO = (O - Y) * O * (1 - O)
    W2 -= 0.5 * H.T @ dO
    b2 -= 0.5 * dO.sum(axis=0, keepdims=True)
    back = dO @ W2.T
    W1 -= 0.5 * X.T @ back
    b1 -= 0.5 * (back * H * (1 - H)).sum(axis=0, keepdims=True)
print(loss)
