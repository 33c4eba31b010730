import math
import random


def matrix(rows, cols):
    return [[random.uniform(-0.8, 0.8) for _ in range(cols)] for _ in range(rows)]


class BackpropNet:
    def __init__(self, ni, nh, no):
        self.ni, self.nh, self.no = ni + 1, nh, no  # one more for the bias
        self.ai = [1.0] * self.ni
        self.ah = [1.0] * self.nh
        self.ao = [1.0] * self.no
        self.wi = matrix(self.ni, self.nh)
        self.wo = matrix(self.nh, self.no)
        self.N = 0.1

    def update(self, inputs):
        for i in range(self.ni - 1):
            self.ai[i] = inputs[i]
        for j in range(self.nh):
            total = 0.0
            for i in range(self.ni):
                total = total + self.ai[i] * self.wi[i][j]
            self.ah[j] = math.tanh(total)
        for k in range(self.no):
            total = 0.0
            for j in range(self.nh):
                total = total + self.ah[j] * self.wo[j][k]
            self.ao[k] = total
        return self.ao[:]

    def back_propagate(self, targets):
        output_deltas = [0.0] * self.no
        for k in range(self.no):
            output_deltas[k] = targets[k] - self.ao[k]
        hidden_deltas = [0.0] * self.nh
        for j in range(self.nh):
            error = 0.0
            for k in range(self.no):
                error = error + output_deltas[k] * self.wo[j][k]
            hidden_deltas[j] = (1.0 - self.ah[j] ** 2) * error
        for j in range(self.nh):
            for k in range(self.no):
                change = output_deltas[k] * self.ah[j]
                self.wo[j][k] = self.wo[j][k] + self.N * change
        for i in range(self.ni):
            for j in range(self.nh):
                change = hidden_deltas[j] * self.ai[i]
                self.wi[i][j] = self.wi[i][j] + self.N * change

    def train(self, patterns, iterations=40):
        for i in range(iterations):
            for inputs, targets in patterns:
                self.update(inputs)
                self.back_propagate(targets)

    def test(self, patterns):
        for p in patterns:
            print(p[0], "->", self.update(p[0]))


if __name__ == "__main__":
    random.seed(0)
    pat = [[[0, 0, 1], [0, 1]], [[0, 1, 0], [1, 0]], [[1, 0, 0], [1, 1]], [[1, 1, 1], [0, 0]]]
    n = BackpropNet(3, 4, 2)
    n.train(pat)
    n.test(pat)
