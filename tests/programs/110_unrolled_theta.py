import numpy as np

N_IN, N_HID, N_OUT = 3, 4, 2


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def unpack(theta):
    cut = N_HID * (N_IN + 1)
    return theta[:cut].reshape(N_HID, N_IN + 1), theta[cut:].reshape(N_OUT, N_HID + 1)


def nn_cost(theta, X, Y, lam):
    T1, T2 = unpack(theta)
    m = X.shape[0]
    A1 = np.hstack([np.ones((m, 1)), X])
    Z2 = A1 @ T1.T
    A2 = np.hstack([np.ones((m, 1)), sigmoid(Z2)])
    H = sigmoid(A2 @ T2.T)
    J = np.sum(-Y * np.log(H) - (1 - Y) * np.log(1 - H)) / m
    J += lam / (2 * m) * (np.sum(T1[:, 1:] ** 2) + np.sum(T2[:, 1:] ** 2))

    D1, D2 = np.zeros(T1.shape), np.zeros(T2.shape)
    for i in range(m):
        d3 = H[i] - Y[i]
        d2 = (T2.T @ d3)[1:] * sigmoid(Z2[i]) * (1 - sigmoid(Z2[i]))
        D2 += np.outer(d3, A2[i])
        D1 += np.outer(d2, A1[i])
    D1, D2 = D1 / m, D2 / m
    D1[:, 1:] += lam / m * T1[:, 1:]
    D2[:, 1:] += lam / m * T2[:, 1:]
    return J, np.concatenate([D1.ravel(), D2.ravel()])


rng = np.random.RandomState(3)
X = rng.randn(12, N_IN)
labels = (X[:, 0] > 0).astype(int)
Y = np.eye(N_OUT)[labels]
theta = rng.uniform(-0.5, 0.5, N_HID * (N_IN + 1) + N_OUT * (N_HID + 1))
alpha = 0.5
for it in range(60):
    J, grad = nn_cost(theta, X, Y, 0.3)
    theta = theta - alpha * grad
    if it % 20 == 0:
        print("iteration", it, "J =", J)
