import numpy as np


def softmax_cost(W, X, y, reg):
    """Loss and gradient with explicit loops.

    W: (D, C), X: (N, D), y: (N,) with 0 <= y[i] < C, reg: strength of the penalty
    """
    loss = 0.0
    dW = np.zeros_like(W)
    num_train = X.shape[0]
    num_classes = W.shape[1]
    for i in range(num_train):
        f = X[i].dot(W)
        f = f - np.max(f)
        p = np.exp(f) / np.sum(np.exp(f))
        loss += -np.log(p[y[i]])
        for c in range(num_classes):
            dW[:, c] += (p[c] - (c == y[i])) * X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW


rng = np.random.RandomState(0)
W = rng.randn(4, 3) * 0.5
X = rng.randn(10, 4)
y = rng.randint(3, size=10)
loss, dW = softmax_cost(W, X, y, 0.05)
print("loss:", loss)
print("gradient:", dW)
