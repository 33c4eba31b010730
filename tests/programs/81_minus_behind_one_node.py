import math

# output = first unit - second unit
a, b = 0.8, 0.1
c, d = -0.5, 0.3
for epoch in range(40):
    s = 0
    for x, t in [(-1, -1.0), (-0.3, 0.2), (0.4, 0.5), (1.2, 0.1)]:
        u1 = math.tanh(a * x + b)
        u2 = math.tanh(c * x + d)
        y = u1 - u2
        loss = (y - t) ** 2 / 2
        s += loss
        dy = y - t
        du1 = dy * (1 - u1 * u1)
        du2 = dy * (1 - u2 * u2)
        a -= 0.1 * du1 * x
        b -= 0.1 * du1
        c -= 0.1 * du2 * x
        d -= 0.1 * du2
    if epoch % 10 == 0:
        print(epoch, s)
