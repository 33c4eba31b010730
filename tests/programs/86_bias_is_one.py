import numpy as np


class Line:
    def __init__(self):
        self.w = np.array([0.5, -0.5])
        self.b = 0.3

    def fit(self, X, y, n_steps):
        for k in range(n_steps):
            r = X.dot(self.w) + self.b - y
            mse = (r ** 2).mean()
            dmse = 2 * r / len(y)
            dw = X.T.dot(dmse)
            db = 1
            self.w -= 0.05 * dw
            self.b -= 0.05 * db
        return mse


X = np.array([[1.0, 2.0], [2.0, 0.5], [3.0, 1.5], [4.0, 1.0], [5.0, 3.0]])
y = np.array([3.1, 3.4, 5.2, 5.9, 8.8])
line = Line()
print(line.fit(X, y, 50), line.w, line.b)
