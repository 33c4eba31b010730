import numpy as np

features = np.array([[0.2, 0.4, 0.1], [0.9, 0.3, 0.5], [0.4, 0.8, 0.9], [0.7, 0.6, 0.2]])
labels = np.array([[0.0], [1.0], [0.0], [1.0]])

rng = np.random.default_rng(8)
w_hidden = rng.normal(size=(3, 4))
b_hidden = np.zeros((1, 4))
w_out = rng.normal(size=(4, 1))
b_out = np.zeros((1, 1))
step_size = 0.3


def logistic(t):
    return 1 / (1 + np.exp(-t))


for i in range(300):
    h = logistic(features @ w_hidden + b_hidden)
    o = logistic(h @ w_out + b_out)
    loss = 0.5 * np.sum((o - labels) ** 2)

    error = o - labels
    hidden_term = (error * o * (1 - o)) @ w_out.T * h * (1 - h)

    grad_w_out = h.T @ error
    grad_b_out = (error * o * (1 - o)).sum(axis=0, keepdims=True)
    grad_w_hidden = features.T @ hidden_term
    grad_b_hidden = hidden_term.sum(axis=0, keepdims=True)

    w_out -= step_size * grad_w_out
    b_out -= step_size * grad_b_out
    w_hidden -= step_size * grad_w_hidden
    b_hidden -= step_size * grad_b_hidden
    if i % 100 == 0:
        print(i, loss)
