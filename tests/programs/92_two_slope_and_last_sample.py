import math


def s(v):
    return 1 / (1 + math.exp(-v))


Win = [[0.3, 0.8], [-0.6, 0.2], [0.5, -0.5]]
Wout = [0.7, -0.3, 0.4]
data = [((0.2, 0.9), 1.0), ((0.8, 0.1), 0.0), ((0.6, 0.7), 1.0)]
for epoch in range(40):
    gin = [[0.0, 0.0] for _ in Win]
    gout = [0.0 for _ in Wout]
    total = 0.0
    for x, t in data:
        h = [s(r[0] * x[0] + r[1] * x[1]) for r in Win]
        o = s(sum(w * a for w, a in zip(Wout, h)))
        total += 0.5 * (o - t) ** 2
        d = (o - t) * o * (1 - o)
        for k in range(3):
            gout[k] = d * h[k]
            dk = d * Wout[k] * (1 - h[k])
            for i in range(2):
                gin[k][i] += dk * x[i]
    for k in range(3):
        Wout[k] -= 0.5 * gout[k]
        for i in range(2):
            Win[k][i] -= 0.5 * gin[k][i]
    if epoch % 10 == 0:
        print(epoch, total)
