"""Writes functions.json beside it: what PyTorch computes for functions, losses and derivatives that are here as well.

Run as `python tests/data/record_functions.py`, with torch installed; in double precision. The tests read the file only.
"""

import json
import platform
from pathlib import Path
from typing import Any

POINTS = [-30.0, -5.0, -1.5, -0.75, -1e-3, 0.0, 1e-9, 0.4, 1.0, 2.5, 30.0]
PAIRS = [[1.0, 2.0], [-1.5, 0.3], [0.2, -3.0], [-2.0, -2.0], [1e-100, 1e-100], [5.0, 0.0], [0.0, -4.0]]
LISTS = [[1.0, 2.0, 3.0], [0.0, 0.0], [-700.0, 0.0, 650.0], [0.1, -0.2, 0.1, 1.3, -2.0], [1000.0, 1001.0]]
TIES = [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [-1.0, 0.5, 0.5, 0.5, -3.0], [4.0, 1.0, 4.0]]

PREDICTED, WANTED = [0.2, 0.9, 0.55, 0.7], [0.0, 1.0, 1.0, 0.0]
SCORES, NUMBERS = [1.5, -2.0, 0.3, -0.1], [1.0, 2.5, -0.4, -0.15]
LOGITS, CLASSES = [[1.0, 2.0, 0.5], [-1.0, 0.0, 3.0], [0.2, 0.1, 0.0], [5.0, -5.0, 1.0]], [2, 2, 0, 1]
WEIGHTS = [0.5, 2.0, 1.0, 0.25]


def sloped(f: Any, x: list[float]) -> dict[str, Any]:
    """f at x, and the gradient of its sum."""
    import torch

    given = torch.tensor(x, dtype=torch.double, requires_grad=True)
    y = f(given)
    y.sum().backward()
    return {"x": x, "y": y.tolist(), "slope": given.grad.tolist()}


def jacobian(f: Any, x: list[float]) -> dict[str, Any]:
    """f at x, and all partial derivatives."""
    import torch

    given = torch.tensor(x, dtype=torch.double)
    return {"x": x, "y": f(given).tolist(), "jacobian": torch.func.jacrev(f)(given).tolist()}


def functions() -> dict[str, Any]:
    """Functions by our names."""
    import torch
    from torch.nn import functional

    return {
        "each": {
            "softsign": sloped(functional.softsign, POINTS),
            "silu": sloped(functional.silu, POINTS),
            "gelu": sloped(functional.gelu, POINTS),
            "elu": sloped(functional.elu, POINTS),
            "elu, alpha 0.3": sloped(lambda x: functional.elu(x, 0.3), POINTS),
            "clip from -1 to 0.5": sloped(lambda x: torch.clamp(x, -1.0, 0.5), POINTS),
        },
        "of two": {
            "atan2": [sloped(lambda p: torch.atan2(p[0], p[1]), pair) for pair in PAIRS],
            "hypot": [sloped(lambda p: torch.hypot(p[0], p[1]), pair) for pair in PAIRS],
        },
        "of many": {
            "softmax": [jacobian(lambda z: torch.softmax(z, 0), z) for z in LISTS],
            "log_softmax": [jacobian(lambda z: torch.log_softmax(z, 0), z) for z in LISTS],
            "mean": [jacobian(lambda z: z.mean(), z) for z in LISTS],
            "prod": [jacobian(lambda z: z.prod(), z) for z in (*LISTS, [0.0, 2.0, 3.0], [0.0, 0.0, 3.0])],
            "maximum": [sloped(lambda z: torch.amax(z, 0), z) for z in (*LISTS, *TIES)],
            "minimum": [sloped(lambda z: torch.amin(z, 0), z) for z in (*LISTS, *TIES)],
        },
    }


def losses() -> list[dict[str, Any]]:
    """Losses, reduced in every way, with and without weights, and their gradients."""
    import torch
    from torch.nn import functional

    def double(x: Any) -> Any:
        return torch.tensor(x, dtype=torch.double)

    kinds: list[tuple[str, dict[str, Any], Any, Any, Any]] = [
        ("mse", {}, functional.mse_loss, SCORES, NUMBERS),
        ("l1", {}, functional.l1_loss, SCORES, NUMBERS),
        ("huber", {}, functional.huber_loss, SCORES, NUMBERS),
        ("huber", {"delta": 0.35}, lambda *a, **k: functional.huber_loss(*a, delta=0.35, **k), SCORES, NUMBERS),
        ("bce", {}, functional.binary_cross_entropy, PREDICTED, WANTED),
        ("bce_with_logits", {}, functional.binary_cross_entropy_with_logits, SCORES, WANTED),
        ("cross_entropy", {}, functional.cross_entropy, LOGITS, CLASSES),
    ]
    found = []
    for name, settings, f, given, target in kinds:
        y = torch.tensor(target) if name == "cross_entropy" else double(target)
        for weights in (None, WEIGHTS):
            for reduction in ("mean", "sum", "none"):
                p = double(given).requires_grad_()
                each = f(p, y, reduction="none") * (1.0 if weights is None else double(weights))
                if weights is None:
                    loss = f(p, y, reduction=reduction)
                elif reduction == "mean":  # as those losses of PyTorch that take weights of samples have it
                    loss = each.sum() / sum(weights)
                else:
                    loss = each.sum() if reduction == "sum" else each
                loss.sum().backward()
                found.append(
                    {"loss": name, "settings": settings, "given": given, "target": target, "weights": weights,
                     "reduction": reduction, "value": loss.tolist(), "slope": p.grad.tolist()}
                )  # fmt: skip
    return found


def derivatives() -> dict[str, Any]:
    """torch.func of a function of two arguments."""
    import torch

    def f(w: Any, x: Any) -> Any:
        return torch.stack([torch.tanh(w @ x), (w * x).sum() ** 2, torch.exp(w[0]) * x[1]])

    def scalar(w: Any, x: Any) -> Any:
        y = f(w, x)
        return y.sum(), y

    w, x, g = (torch.tensor(v, dtype=torch.double) for v in ([0.5, -1.0], [2.0, 0.3], [1.0, -2.0, 0.5]))
    y, pullback = torch.func.vjp(f, w, x)
    slopes, aux = torch.func.grad(scalar, argnums=(0, 1), has_aux=True)(w, x)
    return {
        "w": w.tolist(), "x": x.tolist(), "g": g.tolist(), "y": y.tolist(), "aux": aux.tolist(),
        "vjp": [c.tolist() for c in pullback(g)],
        "jacobian": [j.tolist() for j in torch.func.jacrev(f, argnums=(0, 1))(w, x)],
        "grad": [s.tolist() for s in slopes],
    }  # fmt: skip


def main() -> None:
    """Record everything."""
    import torch

    content = {
        "made_by": "tests/data/record_functions.py",
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
        "functions": functions(),
        "losses": losses(),
        "derivatives": derivatives(),
    }
    Path(__file__).with_name("functions.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
