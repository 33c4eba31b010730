import numpy as np
from tqdm import tqdm

# autoencoder 6-3-6 whose decoder is the transpose of the encoder
np.random.seed(5)
data = (np.random.rand(12, 6) > 0.5).astype(float)
W = np.random.randn(6, 3) * 0.5
b = np.zeros(3)
c = np.zeros(6)
for step in tqdm(range(100)):
    code = 1 / (1 + np.exp(-(data @ W + b)))
    rec = 1 / (1 + np.exp(-(code @ W.T + c)))
    diff = rec - data
    loss = 0.5 * np.sum(diff * diff) / len(data)
    d_rec = diff * rec * (1 - rec) / len(data)
    d_code = (d_rec @ W) * code * (1 - code)
    W_grad = data.T @ d_code + d_rec.T @ code   # used twice, so two parts
    W -= 0.5 * W_grad
    b -= 0.5 * d_code.sum(axis=0)
    c -= 0.5 * d_rec.sum(axis=0)
print(loss)
