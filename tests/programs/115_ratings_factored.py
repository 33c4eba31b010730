import numpy as np

R = np.array([[5, 3, 0, 1], [4, 0, 0, 1], [1, 1, 0, 5], [0, 1, 5, 4]], dtype=float)


def factorise(R, K=2, alpha=0.01, beta=0.02, epochs=20):
    rng = np.random.RandomState(0)
    P = rng.rand(R.shape[0], K)
    Q = rng.rand(R.shape[1], K)
    for e in range(epochs):
        cost = 0
        for i, j in zip(*R.nonzero()):
            err = R[i, j] - P[i] @ Q[j]
            one = err ** 2 + beta * (P[i] @ P[i] + Q[j] @ Q[j])
            cost += one
            p_step = 2 * err * Q[j] - 2 * beta * P[i]
            q_step = 2 * err * P[i] - 2 * beta * Q[j]
            P[i] += alpha * p_step
            Q[j] += alpha * q_step
        if e % 5 == 0:
            print("epoch", e, "cost", cost)
    return P, Q


P, Q = factorise(R)
print(np.round(P @ Q.T, 1))
