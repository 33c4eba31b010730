import numpy as np

# XOR with a third column that plays the bias
inputs = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
targets = np.array([[0, 1, 1, 0]]).T


def squash(v, slope=False):
    if slope:
        return v * (1 - v)
    return 1.0 / (1.0 + np.exp(-v))


np.random.seed(7)
syn_in = 2 * np.random.random((3, 5)) - 1
syn_out = 2 * np.random.random((5, 1)) - 1

for step in range(4000):
    hidden = squash(inputs.dot(syn_in))
    guess = squash(hidden.dot(syn_out))

    miss = targets - guess
    if step % 1000 == 0:
        print("mean miss:", np.mean(np.abs(miss)))

    guess_delta = miss * squash(guess, slope=True)
    hidden_delta = guess_delta.dot(syn_out.T) * squash(hidden, slope=True)

    syn_out += hidden.T.dot(guess_delta)
    syn_in += inputs.T.dot(hidden_delta)

print(guess)
