import numpy as np

def nonlin(x, deriv=False):
    if deriv == True:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

X = np.array([[0, 1], [1, 1], [1, 0]])
y = np.array([[1, 0, 1]]).T
w = 2 * np.random.random((2, 1)) - 1
for i in xrange(100):
    out = nonlin(np.dot(X, w))
    delta = (y - out) * nonlin(out, True)
    w += np.dot(X.T, delta)
print "Output after training:"
print out
