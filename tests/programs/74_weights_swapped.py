import math

a1, a2, a3, a4 = 0.5, -0.3, 0.8, 0.2
k1, k2 = 1.1, -0.6
p1, p2, p3 = 0.0, 0.1, -0.1
sig = lambda v: 1 / (1 + math.exp(-v))

for turn in range(20):
    for x, y, t in [(0.1, 0.9, 1), (0.8, 0.3, 0), (0.5, 0.5, 1)]:
        m = sig(a1 * x + a2 * y + p1)
        n = sig(a3 * x + a4 * y + p2)
        q = sig(k1 * m + k2 * n + p3)
        loss = -t * math.log(q) - (1 - t) * math.log(1 - q)
        dq = q - t
        dm = dq * k2 * m * (1 - m)
        dn = dq * k1 * n * (1 - n)
        k1 -= 0.2 * dq * m
        k2 -= 0.2 * dq * n
        p3 -= 0.2 * dq
        a1 -= 0.2 * dm * x
        a2 -= 0.2 * dm * y
        p1 -= 0.2 * dm
        a3 -= 0.2 * dn * x
        a4 -= 0.2 * dn * y
        p2 -= 0.2 * dn
    print(turn, loss)
