import numpy as np

np.random.seed(1234)

# stand-in for MNIST: 300 random "images"
train_images = np.random.rand(300, 784)
train_labels = np.random.randint(0, 10, 300)


def one_hot(labels, classes=10):
    out = np.zeros((labels.size, classes))
    out[np.arange(labels.size), labels] = 1
    return out


def softmax(Z):
    Z = Z - np.max(Z, axis=1, keepdims=True)
    E = np.exp(Z)
    return E / np.sum(E, axis=1, keepdims=True)


W1 = np.random.randn(784, 30) * np.sqrt(1 / 784)
b1 = np.zeros((1, 30))
W2 = np.random.randn(30, 10) * np.sqrt(1 / 30)
b2 = np.zeros((1, 10))
learning_rate = 0.5
batch_size = 30

for epoch in range(3):
    for start in range(0, 300, batch_size):
        X = train_images[start:start + batch_size]
        Y = one_hot(train_labels[start:start + batch_size])
        Z1 = X @ W1 + b1
        A1 = 1 / (1 + np.exp(-Z1))
        Z2 = A1 @ W2 + b2
        A2 = softmax(Z2)
        loss = -np.sum(Y * np.log(A2 + 1e-12)) / batch_size

        dZ2 = (A2 - Y) / batch_size
        dW2 = A1.T @ dZ2
        db2 = np.sum(dZ2, axis=0, keepdims=True)
        dA1 = dZ2 @ W2.T
        dZ1 = dA1 * A1 * (1 - A1)
        dW1 = X.T @ dZ1
        db1 = np.sum(dZ1, axis=0, keepdims=True)

        W1 -= learning_rate * dW1
        b1 -= learning_rate * db1
        W2 -= learning_rate * dW2
        b2 -= learning_rate * db2
    print("epoch", epoch, "loss", loss)
