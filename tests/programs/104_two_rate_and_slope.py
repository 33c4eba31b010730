from math import exp

peso_a, peso_b = 0.7, -0.4      # entrada -> oculta
peso_c, peso_d = 0.5, 0.9       # oculta -> salida
sesgo_a, sesgo_b, sesgo_s = 0.0, 0.1, -0.2
tasa = 0.4


def f(z):
    return 1 / (1 + exp(-z))


for vuelta in range(30):
    suma = 0
    for x, y in ((0.1, 0.9), (0.5, 0.2), (0.9, 0.7)):
        oculta_a = f(peso_a * x + sesgo_a)
        oculta_b = f(peso_b * x + sesgo_b)
        salida = f(peso_c * oculta_a + peso_d * oculta_b + sesgo_s)
        error = 0.5 * (salida - y) ** 2
        suma += error
        d_s = (salida - y) * salida * (1 - salida)
        d_a = d_s * peso_c * oculta_a * (1 - oculta_a)
        d_b = tasa * d_s * peso_d * oculta_b * (1 - oculta_b)
        peso_c -= tasa * d_s * oculta_b
        peso_d -= tasa * d_s * oculta_b
        sesgo_s -= tasa * d_s
        peso_a -= tasa * d_a * x
        peso_b -= tasa * d_b * x
        sesgo_a -= tasa * d_a
        sesgo_b -= tasa * d_b
    if vuelta % 10 == 0:
        print("vuelta", vuelta, "error", suma)
