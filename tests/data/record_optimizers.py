"""Writes optimizers.json beside it: what PyTorch's optimisers, schedules and clipping do, in double precision.

Run as `python tests/data/record_optimizers.py`, with torch installed. The tests read the file only.
"""

import json
import math
import platform
import random
from pathlib import Path
from typing import Any

STEPS, KEPT, EPOCHS = 100, (1, 2, 3, 10, 50, 100), 25

# What is done to the gradients (clip, without: steps in which W1 and b1 have none) or to the rate is
# beside the settings, which are passed to the optimiser as they are.
RUNS: list[dict[str, Any]] = [
    {"optimizer": "SGD", "settings": {"lr": 0.1}},
    {"optimizer": "SGD", "settings": {"lr": 0.1, "weight_decay": 0.02}},
    {"optimizer": "SGD", "settings": {"lr": 0.05, "momentum": 0.9}},
    {"optimizer": "SGD", "settings": {"lr": 0.05, "momentum": 0.8, "dampening": 0.3}},
    {"optimizer": "SGD", "settings": {"lr": 0.05, "momentum": 0.9, "nesterov": True}},
    {"optimizer": "SGD", "settings": {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}},
    {"optimizer": "SGD", "settings": {"lr": 0.05, "momentum": 0.7, "dampening": 0.5, "weight_decay": 0.01}},
    {"optimizer": "SGD", "settings": {"lr": 0.05, "momentum": 0.9}, "lr_from_step_50": 0.005},
    {"optimizer": "SGD", "settings": {"lr": 0.1, "momentum": 0.5, "dampening": 0.2}, "without": 2},
    {"optimizer": "SGD", "settings": {"lr": 0.1}, "clip_norm": 0.5},
    {"optimizer": "SGD", "settings": {"lr": 0.1}, "clip_value": 0.1},
    {"optimizer": "Adam", "settings": {}},
    {"optimizer": "Adam", "settings": {"lr": 0.05}},
    {"optimizer": "Adam", "settings": {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-3}},
    {"optimizer": "Adam", "settings": {"lr": 0.02, "weight_decay": 0.05}},
    {"optimizer": "Adam", "settings": {"lr": 0.02}, "lr_from_step_50": 0.002},
    {"optimizer": "Adam", "settings": {"lr": 0.02}, "without": 3},
    {"optimizer": "AdamW", "settings": {}},
    {"optimizer": "AdamW", "settings": {"lr": 0.02, "weight_decay": 0.1}},
    {"optimizer": "AdamW", "settings": {"lr": 0.02, "betas": [0.5, 0.9], "weight_decay": 0.3}, "without": 2},
    {"optimizer": "RMSprop", "settings": {"lr": 0.01}},
    {"optimizer": "RMSprop", "settings": {"lr": 0.005, "alpha": 0.9, "eps": 1e-4, "weight_decay": 0.02}},
    {"optimizer": "RMSprop", "settings": {"lr": 0.005, "centered": True}, "without": 3},
    {"optimizer": "RMSprop", "settings": {"lr": 0.002, "alpha": 0.95, "centered": True, "momentum": 0.8}},
    {"optimizer": "Adagrad", "settings": {"lr": 0.01}},
    {"optimizer": "Adagrad", "settings": {"lr": 0.1, "lr_decay": 0.05, "weight_decay": 0.01}},
    {"optimizer": "Adagrad", "settings": {"lr": 0.1, "initial_accumulator_value": 0.3, "eps": 1e-3}, "without": 2},
]

SCHEDULES: list[dict[str, Any]] = [
    {"schedule": "step_lr", "settings": {"every": 7}, "torch": "StepLR", "as": {"step_size": 7}},
    {
        "schedule": "step_lr",
        "settings": {"every": 3, "factor": 0.5},
        "torch": "StepLR",
        "as": {"step_size": 3, "gamma": 0.5},
    },
    {"schedule": "exponential_lr", "settings": {"factor": 0.9}, "torch": "ExponentialLR", "as": {"gamma": 0.9}},
    {"schedule": "cosine_lr", "settings": {"epochs": 20}, "torch": "CosineAnnealingLR", "as": {"T_max": 20}},
    {
        "schedule": "cosine_lr",
        "settings": {"epochs": 10, "lowest": 0.02},
        "torch": "CosineAnnealingLR",
        "as": {"T_max": 10, "eta_min": 0.02},
    },
    {"schedule": "linear_lr", "settings": {"epochs": 5}, "torch": "LinearLR", "as": {"total_iters": 5}},
    {
        "schedule": "linear_lr",
        "settings": {"epochs": 20, "start": 1.0, "end": 0.0},
        "torch": "LinearLR",
        "as": {"total_iters": 20, "start_factor": 1.0, "end_factor": 0.0},
    },
]


def problem() -> tuple[list[list[float]], list[float], dict[str, Any]]:
    """Eight samples of a smooth function of two numbers, and where the 2-3-1 network starts."""
    rng = random.Random(7)
    xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(8)]
    ys = [math.sin(2 * a) - a * b + 0.3 for a, b in xs]
    start = {
        "W1": [[rng.uniform(-1, 1) for _ in range(2)] for _ in range(3)],
        "b1": [rng.uniform(-1, 1) for _ in range(3)],
        "W2": [[rng.uniform(-1, 1) for _ in range(3)]],
        "b2": [rng.uniform(-1, 1)],
    }
    return xs, ys, start


def trajectory(run: dict[str, Any], xs: Any, ys: Any, start: dict[str, Any]) -> dict[str, Any]:
    """The run with its losses before every step, and the parameters after some."""
    import torch

    x, y = (torch.tensor(part, dtype=torch.double) for part in (xs, ys))
    p = {name: torch.tensor(numbers, dtype=torch.double, requires_grad=True) for name, numbers in start.items()}
    optimizer = getattr(torch.optim, run["optimizer"])(list(p.values()), **run["settings"])
    losses, norms, kept = [], [], {}
    for step in range(1, STEPS + 1):
        if step == 50 and "lr_from_step_50" in run:
            optimizer.param_groups[0]["lr"] = run["lr_from_step_50"]
        optimizer.zero_grad()
        prediction = torch.tanh(x @ p["W1"].T + p["b1"]) @ p["W2"].T + p["b2"]
        loss = torch.nn.functional.mse_loss(prediction[:, 0], y)
        loss.backward()
        losses.append(loss.item())
        if "without" in run and step % run["without"] == 0:
            p["W1"].grad = p["b1"].grad = None
        if "clip_norm" in run:
            norms.append(torch.nn.utils.clip_grad_norm_(p.values(), run["clip_norm"]).item())
        if "clip_value" in run:
            torch.nn.utils.clip_grad_value_(p.values(), run["clip_value"])
        optimizer.step()
        if step in KEPT:
            kept[str(step)] = {name: tensor.tolist() for name, tensor in p.items()}
    return {**run, "losses": losses, "parameters": kept} | ({"norms": norms} if norms else {})


def rates(entry: dict[str, Any]) -> dict[str, Any]:
    """The schedule with its rate in every epoch, from 0.1."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = getattr(torch.optim.lr_scheduler, entry["torch"])(optimizer, **entry["as"])
    found = []
    for _ in range(EPOCHS):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        schedule.step()
    return {**entry, "rates": found}


def main() -> None:
    """Record everything."""
    import torch

    xs, ys, start = problem()
    content = {
        "made_by": "tests/data/record_optimizers.py",
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
        "problem": "MLP(2, [3, 1], 'tanh') with mse on x, y, all samples in every step, from start",
        "x": xs,
        "y": ys,
        "start": start,
        "runs": [trajectory(run, xs, ys, start) for run in RUNS],
        "schedules": [rates(entry) for entry in SCHEDULES],
    }
    path = Path(__file__).with_name("optimizers.json")
    lists = ",\n".join(f" {json.dumps(name)}: {_lines(part)}" for name, part in content.items())
    path.write_text(f"{{\n{lists}\n}}\n", encoding="utf-8")


def _lines(part: Any) -> str:
    """JSON with one line for each run and schedule."""
    if isinstance(part, list) and isinstance(part[0], dict):
        return "[\n  " + ",\n  ".join(json.dumps(item) for item in part) + "\n ]"
    return json.dumps(part)


if __name__ == "__main__":
    main()
