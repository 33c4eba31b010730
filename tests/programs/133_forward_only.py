import numpy as np


class Net:
    def __init__(self):
        self.W1 = np.random.randn(3, 4)
        self.W2 = np.random.randn(4, 1)

    def predict(self, x):
        h = np.tanh(x @ self.W1)
        return 1 / (1 + np.exp(-(h @ self.W2)))


net = Net()
for row in np.eye(3):
    print(row, net.predict(row))
