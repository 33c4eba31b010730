import numpy as np


def svm_loss(W, X, y, reg=0.0, want_grad=True):
    dW = np.zeros(W.shape)
    loss = 0.0
    n = X.shape[0]
    for i in range(n):
        scores = X[i] @ W
        for j in range(W.shape[1]):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / n + reg * np.sum(W * W)
    if not want_grad:
        return loss
    return loss, dW / n + 2 * reg * W


np.random.seed(8)
W = np.random.randn(5, 4) * 0.1
X = np.random.randn(9, 5)
y = np.random.randint(4, size=9)
loss, grad = svm_loss(W, X, y, 0.1)
print("loss", loss)
print(grad)
