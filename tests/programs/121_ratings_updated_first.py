import random

random.seed(1)
ratings = [[4, 0, 5], [3, 1, 0], [0, 2, 4], [5, 1, 1]]
K, ALPHA, BETA = 2, 0.01, 0.05
P = [[random.random() for _ in range(K)] for _ in ratings]
Q = [[random.random() for _ in range(K)] for _ in ratings[0]]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


for epoch in range(25):
    total = 0
    for i in range(len(P)):
        for j in range(len(Q)):
            if ratings[i][j] == 0:
                continue
            e = ratings[i][j] - dot(P[i], Q[j])
            cost = e ** 2 + BETA / 2 * (dot(P[i], P[i]) + dot(Q[j], Q[j]))
            total += cost
            for k in range(K):
                P[i][k] = P[i][k] + ALPHA * (2 * e * Q[j][k] - BETA * P[i][k])
                Q[j][k] = Q[j][k] + ALPHA * (2 * e * P[i][k] - BETA * Q[j][k])
    if epoch % 5 == 0:
        print(epoch, total)
