import numpy as np


class Net:
    def __init__(self, inodes, hnodes, onodes, lr):
        self.lr = lr
        self.wih = np.random.normal(0.0, pow(inodes, -0.5), (hnodes, inodes))
        self.who = np.random.normal(0.0, pow(hnodes, -0.5), (onodes, hnodes))
        self.act = lambda x: 1 / (1 + np.exp(-x))

    def train(self, inputs_list, targets_list):
        inputs = np.array(inputs_list, ndmin=2).T
        targets = np.array(targets_list, ndmin=2).T
        hidden = self.act(np.dot(self.wih, inputs))
        final = self.act(np.dot(self.who, hidden))

        errors_out = targets - final
        errors_hid = np.dot(self.who.T, errors_out)
        self.who += self.lr * np.dot(errors_out * final * (1.0 - final), hidden.T)
        self.wih += self.lr * np.dot(errors_hid * hidden * (1.0 - hidden), inputs.T)

    def query(self, inputs_list):
        inputs = np.array(inputs_list, ndmin=2).T
        return self.act(self.who @ self.act(self.wih @ inputs))


np.random.seed(1)
net = Net(3, 5, 2, 0.3)
records = [([0.9, 0.1, 0.8], [0.99, 0.01]), ([0.2, 0.7, 0.3], [0.01, 0.99]),
           ([0.8, 0.3, 0.9], [0.99, 0.01]), ([0.1, 0.9, 0.2], [0.01, 0.99])]
for epoch in range(40):
    for x, t in records:
        net.train(x, t)
for x, t in records:
    print(x, "->", net.query(x).ravel(), "wanted", t)
