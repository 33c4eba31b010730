import numpy as np
import matplotlib.pyplot as plt

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])
np.random.seed(10)
w1 = np.random.uniform(-1, 1, (2, 4))
b1 = np.random.uniform(-1, 1, (1, 4))
w2 = np.random.uniform(-1, 1, (4, 1))
b2 = np.random.uniform(-1, 1, (1, 1))
lr = 1.0
losses = []


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(500):
    h = sigmoid(X @ w1 + b1)
    yhat = sigmoid(h @ w2 + b2)
    loss = -np.mean(y * np.log(yhat) + (1 - y) * np.log(1 - yhat))
    losses.append(loss)

    d2 = (yhat - y) * yhat * (1 - yhat) / 4
    d1 = (d2 @ w2.T) * h * (1 - h)
    w2 -= lr * (h.T @ d2)
    b2 -= lr * d2.sum(axis=0, keepdims=True)
    w1 -= lr * (X.T @ d1)
    b1 -= lr * d1.sum(axis=0, keepdims=True)

plt.plot(losses)
plt.xlabel("epoch")
plt.show()
print(yhat.round(2))
