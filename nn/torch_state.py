"""Parameters to and from PyTorch, as the state dicts of its modules."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

MISSING = "a state dict of PyTorch is made of its tensors: pip install torch"


def state_for_torch(model: Any, names: Sequence[str] | None) -> dict[str, Any]:
    """The weights and biases of an MLP as tensors, by the names of the Linear modules."""
    try:
        torch: Any = import_module("torch")
    except ImportError:
        raise ImportError(MISSING) from None
    names = _in_sequence(model) if names is None else list(names)
    if len(names) != len(model.layers):
        raise ValueError(f"names: expected one for each of {len(model.layers)} layers, got {len(names)}")
    found: dict[str, Any] = {}
    for name, layer in zip(names, model.layers, strict=True):
        rows = [[w.data for w in neuron.w] for neuron in layer.neurons]
        found[f"{name}.weight"] = torch.tensor(rows, dtype=torch.float64)
        found[f"{name}.bias"] = torch.tensor([neuron.b.data for neuron in layer.neurons], dtype=torch.float64)
    return found


def _in_sequence(model: Any) -> list[str]:
    """The places of the Linear modules in torch.nn.Sequential, where every activation but linear is a module too."""
    places, place = [], 0
    for layer in model.layers:
        places.append(str(place))
        place += 1 if layer.neurons[0].activation == "linear" else 2
    return places


def named_of_torch(state: Mapping[str, Any], count: int) -> dict[str, Any]:
    """What `load_named` takes, W1 b1 W2 b2 ..., of the Linear modules of a state dict, in order."""
    modules: dict[str, dict[str, Any]] = {}
    for name, tensor in state.items():
        module, _, part = name.rpartition(".")
        modules.setdefault(module, {})[part] = tensor
    strange = [module or name for module, parts in modules.items() for name in parts if name not in ("weight", "bias")]
    lacking = [module for module, parts in modules.items() if len(parts) < 2]
    if strange or lacking or len(modules) != count:
        raise ValueError(
            f"expected the weight and bias of {count} Linear modules, got {', '.join(state) or 'nothing'}"
        )
    parts = enumerate(modules.values(), start=1)
    return {f"{letter}{k}": _plain(m[part]) for k, m in parts for letter, part in (("W", "weight"), ("b", "bias"))}


def _plain(tensor: Any) -> Any:
    return tensor.tolist() if hasattr(tensor, "tolist") else tensor
