"""Exercise: a recurrent layer over a whole sequence, and its gradients for a slope that is given."""
import numpy as np


def step(x, h, weights):
    out = np.tanh(weights["U"] @ x + weights["V"] @ h + weights["c"])
    return out, (x, h, out)


def sequence(xs, h, weights):
    hs, notes = np.zeros((h.shape[0], h.shape[1], xs.shape[2])), []
    for t in range(xs.shape[2]):
        h, note = step(xs[:, :, t], h, weights)
        hs[:, :, t] = h
        notes.append(note)
    return hs, notes


def step_back(slope, note, weights):
    x, h, out = note
    inner = (1 - h**2) * slope
    return {"dx": weights["U"].T @ inner, "dh": weights["V"].T @ inner, "dU": inner @ x.T,
            "dV": inner @ h.T, "dc": inner.sum(axis=1, keepdims=True)}


def sequence_back(slopes, notes, weights):
    total = {"d" + k: np.zeros_like(v) for k, v in weights.items()}
    dh = np.zeros_like(slopes[:, :, 0])
    for t in reversed(range(slopes.shape[2])):
        g = step_back(slopes[:, :, t] + dh, notes[t], weights)
        dh = g["dh"]
        for k in total:
            total[k] += g[k]
    return total


rng = np.random.default_rng(8)
weights = {"U": rng.normal(size=(4, 3)), "V": rng.normal(size=(4, 4)), "c": rng.normal(size=(4, 1))}
xs, h0 = rng.normal(size=(3, 6, 5)), rng.normal(size=(4, 6))
hs, notes = sequence(xs, h0, weights)
slopes = rng.normal(size=(4, 6, 5))
total = sequence_back(slopes, notes, weights)
print({k: round(float(np.abs(v).sum()), 4) for k, v in total.items()})
