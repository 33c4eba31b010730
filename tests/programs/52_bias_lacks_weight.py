import numpy as np


def sig(x):
    return 1 / (1 + np.exp(-x))


def sig_p(x):
    s = sig(x)
    return s * (1 - s)


class ShoeSizeNet:
    """weight and height (centred) -> is it a tall person?"""

    def __init__(self):
        for name in ("w1", "w2", "w3", "w4", "w5", "w6", "b1", "b2", "b3"):
            setattr(self, name, np.random.normal())

    def ask(self, x):
        h1 = sig(self.w1 * x[0] + self.w2 * x[1] + self.b1)
        h2 = sig(self.w3 * x[0] + self.w4 * x[1] + self.b2)
        return sig(self.w5 * h1 + self.w6 * h2 + self.b3)

    def learn(self, data, wanted, rate=0.1, epochs=40):
        for epoch in range(epochs):
            for x, t in zip(data, wanted):
                n1 = self.w1 * x[0] + self.w2 * x[1] + self.b1
                h1 = sig(n1)
                n2 = self.w3 * x[0] + self.w4 * x[1] + self.b2
                h2 = sig(n2)
                n3 = self.w5 * h1 + self.w6 * h2 + self.b3
                guess = sig(n3)

                dL_dg = -2 * (t - guess)
                # output neuron
                dg_dw5 = h1 * sig_p(n3)
                dg_dw6 = h2 * sig_p(n3)
                dg_db3 = sig_p(n3)
                dg_dh1 = self.w5 * sig_p(n3)
                dg_dh2 = self.w6 * sig_p(n3)
                # hidden neurons
                dh1_dw1 = x[0] * sig_p(n1)
                dh1_dw2 = x[1] * sig_p(n1)
                dh1_db1 = sig_p(n1)
                dh2_dw3 = x[0] * sig_p(n2)
                dh2_dw4 = x[1] * sig_p(n2)
                dh2_db2 = sig_p(n2)

                self.w1 -= rate * dL_dg * dg_dh1 * dh1_dw1
                self.w2 -= rate * dL_dg * dg_dh1 * dh1_dw2
                self.b1 -= rate * dL_dg * dg_dh1 * dh1_db1
                self.w3 -= rate * dL_dg * dg_dh2 * dh2_dw3
                self.w4 -= rate * dL_dg * dg_dh2 * dh2_dw4
                self.b2 -= rate * dL_dg * sig_p(n3) * dh2_db2
                self.w5 -= rate * dL_dg * dg_dw5
                self.w6 -= rate * dL_dg * dg_dw6
                self.b3 -= rate * dL_dg * dg_db3
            if epoch % 10 == 0:
                all_guesses = np.array([self.ask(x) for x in data])
                print("Epoch %d loss: %.3f" % (epoch, ((wanted - all_guesses) ** 2).mean()))


np.random.seed(4)
data = np.array([[-2.0, -1.0], [2.5, 0.6], [1.7, 0.4], [-1.5, -0.6]])
wanted = np.array([0, 1, 1, 0])
ShoeSizeNet().learn(data, wanted)
