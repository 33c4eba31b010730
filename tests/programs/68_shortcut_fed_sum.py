import numpy as np


def tanh_deriv(a):
    return 1 - a ** 2


def train(points, speed, rounds):
    rng = np.random.RandomState(5)
    w_in, b_in = rng.randn(5) * 0.8, rng.randn(5) * 0.3
    w_out, b_out = rng.randn(5) * 0.8, 0.0
    for r in range(rounds):
        total = 0.0
        for x, y in points:
            pre = w_in * x + b_in
            post = np.tanh(pre)
            guess = np.dot(w_out, post) + b_out
            err = guess - y
            total += err ** 2
            g_guess = 2 * err
            g_pre = g_guess * w_out * tanh_deriv(pre)
            w_out = w_out - speed * g_guess * post
            b_out = b_out - speed * g_guess
            w_in = w_in - speed * g_pre * x
            b_in = b_in - speed * g_pre
        if r % 20 == 0:
            print("round", r, "sum of squares", total)
    return w_in, b_in, w_out, b_out


points = [(x / 5, np.cos(x / 2)) for x in range(-5, 6)]
train(points, 0.02, 60)
