import math
# one sample, by hand, as in the lecture
x1, x2, y = 0.5, -0.3, 1
w1, w2, w3, w4, w5, w6 = 0.1, -0.2, 0.4, 0.3, 0.7, -0.5
b1, b2, b3 = 0.1, 0.05, -0.2

def sig(z):
    return 1 / (1 + math.exp(-z))

h1 = sig(w1*x1 + w2*x2 + b1)
h2 = sig(w3*x1 + w4*x2 + b2)
p = sig(w5*h1 + w6*h2 + b3)
L = -(y*math.log(p) + (1-y)*math.log(1-p))
delta3 = p - y
delta1 = delta3*w5*h1*(1-h1)
delta2 = delta3*w6*h2*(1-h2)
dL_dw5, dL_dw6, dL_db3 = delta3*h1, delta3*h2, delta3
dL_dw1 = delta1*x1
dL_dw2 = delta1*x2
dL_dw3 = delta2*x1
dL_dw4 = delta2*x2
dL_db1 = delta1
dL_db2 = delta2
print(L, dL_dw1, dL_dw2, dL_dw3, dL_dw4, dL_dw5, dL_dw6, dL_db1, dL_db2, dL_db3)
