import numpy as np


class Net:
    def __init__(self, n_in, n_hid, n_out, lr):
        self.lr = lr
        self.in_hid = np.random.normal(0.0, pow(n_in, -0.5), (n_hid, n_in))
        self.hid_out = np.random.normal(0.0, pow(n_hid, -0.5), (n_out, n_hid))
        self.act = lambda x: 1 / (1 + np.exp(-x))

    def train(self, x, t):
        inputs = np.array(x).reshape(-1, 1)
        targets = np.array(t).reshape(-1, 1)
        hidden = self.act(np.dot(self.in_hid, inputs))
        final = self.act(np.dot(self.hid_out, hidden))

        miss = targets - final
        miss_hid = np.dot(self.hid_out.T, miss)
        self.hid_out += self.lr * np.dot(miss * final * (1.0 - final), hidden.T)
        self.in_hid += self.lr * np.dot(miss_hid * hidden * (1.0 - hidden), inputs.T)

    def ask(self, x):
        inputs = np.array(x).reshape(-1, 1)
        return self.act(self.hid_out @ self.act(self.in_hid @ inputs))


np.random.seed(1)
net = Net(3, 5, 2, 0.3)
records = [([0.9, 0.1, 0.8], [0.99, 0.01]), ([0.2, 0.7, 0.3], [0.01, 0.99]),
           ([0.8, 0.3, 0.9], [0.99, 0.01]), ([0.1, 0.9, 0.2], [0.01, 0.99])]
for epoch in range(40):
    for x, t in records:
        net.train(x, t)
for x, t in records:
    print(x, "->", net.ask(x).ravel(), "wanted", t)
