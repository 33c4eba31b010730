import math
import random


def random_rows(rows, cols):
    return [[random.uniform(-0.8, 0.8) for _ in range(cols)] for _ in range(rows)]


class LoopNet:
    def __init__(self, n_inp, n_mid, n_res):
        self.n_inp, self.n_mid, self.n_res = n_inp + 1, n_mid, n_res  # one more for the bias
        self.inp = [1.0] * self.n_inp
        self.mid = [1.0] * self.n_mid
        self.res = [1.0] * self.n_res
        self.first = random_rows(self.n_inp, self.n_mid)
        self.second = random_rows(self.n_mid, self.n_res)
        self.pace = 0.1

    def run(self, inputs):
        for i in range(self.n_inp - 1):
            self.inp[i] = inputs[i]
        for j in range(self.n_mid):
            total = 0.0
            for i in range(self.n_inp):
                total = total + self.inp[i] * self.first[i][j]
            self.mid[j] = math.tanh(total)
        for k in range(self.n_res):
            total = 0.0
            for j in range(self.n_mid):
                total = total + self.mid[j] * self.second[j][k]
            self.res[k] = total
        return self.res[:]

    def learn_from(self, targets):
        res_deltas = [0.0] * self.n_res
        for k in range(self.n_res):
            res_deltas[k] = targets[k] - self.res[k]
        mid_deltas = [0.0] * self.n_mid
        for j in range(self.n_mid):
            error = 0.0
            for k in range(self.n_res):
                error = error + res_deltas[k] * self.second[j][k]
            mid_deltas[j] = (1.0 - self.mid[j] ** 2) * error
        for j in range(self.n_mid):
            for k in range(self.n_res):
                pull = res_deltas[k] * self.mid[j]
                self.second[j][k] = self.second[j][k] + self.pace * pull
        for i in range(self.n_inp):
            for j in range(self.n_mid):
                pull = mid_deltas[j] * self.inp[i]
                self.first[i][j] = self.first[i][j] + self.pace * pull

    def train(self, examples, iterations=40):
        for i in range(iterations):
            for inputs, targets in examples:
                self.run(inputs)
                self.learn_from(targets)

    def show(self, examples):
        for p in examples:
            print(p[0], "->", self.run(p[0]))


if __name__ == "__main__":
    random.seed(0)
    table = [[[0, 0, 1], [0, 1]], [[0, 1, 0], [1, 0]], [[1, 0, 0], [1, 1]], [[1, 1, 1], [0, 0]]]
    n = LoopNet(3, 4, 2)
    n.train(table)
    n.show(table)
