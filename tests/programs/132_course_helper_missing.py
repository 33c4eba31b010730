import numpy as np
from week2_course_helpers import load_cats, show_image

train_x, train_y = load_cats()
w = np.zeros((train_x.shape[0], 1))
b = 0.0
for i in range(100):
    A = 1 / (1 + np.exp(-(w.T @ train_x + b)))
    dZ = A - train_y
    w -= 0.01 * train_x @ dZ.T / train_x.shape[1]
    b -= 0.01 * dZ.mean()
show_image(train_x[:, 0])
