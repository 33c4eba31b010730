import numpy as np

def squeeze(x, slope=False):
    if slope == True:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

X = np.array([[0, 1], [1, 1], [1, 0]])
y = np.array([[1, 0, 1]]).T
w = 2 * np.random.random((2, 1)) - 1
for i in xrange(100):
    out = squeeze(np.dot(X, w))
    push = (y - out) * squeeze(out, True)
    w += np.dot(X.T, push)
print "Learned:"
print out
