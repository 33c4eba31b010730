import numpy as np

rng = np.random.RandomState(45)


def new_layer(n_in, n_out, kind):
    return {"W": rng.randn(n_out, n_in) / np.sqrt(n_in), "b": np.full((n_out, 1), 0.05), "kind": kind}


def act(kind, z):
    if kind == "relu":
        return (z > 0) * z
    elif kind == "softplus":
        return np.log(1 + np.exp(z))
    return z


def slope(kind, z):
    if kind == "relu":
        return (z > 0).astype(float)
    elif kind == "softplus":
        return 1 / (1 + np.exp(-z))
    return np.ones_like(z)


stack = [new_layer(2, 5, "relu"), new_layer(5, 4, "softplus"), new_layer(4, 1, "linear")]
points = [(rng.uniform(-1, 1, (2, 1))) for _ in range(20)]
for epoch in range(30):
    worst = 0
    for x in points:
        goal = np.array([[x[0, 0] ** 2 - x[1, 0]]])
        a = x
        for layer in stack:
            layer["in"] = a
            layer["z"] = layer["W"] @ a + layer["b"]
            a = act(layer["kind"], layer["z"])
        missing = goal - a
        worst = max(worst, abs(missing[0, 0]))
        for layer in stack[::-1]:
            layer["delta"] = missing * slope(layer["kind"], layer["z"])
            missing = layer["W"].T @ layer["delta"]
        for layer in stack:
            layer["W"] += 0.05 * layer["delta"] @ layer["in"].T
            layer["b"] += 0.05 * layer["delta"]
    print(epoch, "largest miss", worst)
    if worst < 0.05:
        break
