"""The closed forms proved: the recorded graph differentiated by SymPy, and the difference simplified to 0."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from autograd.explanation.closed_forms import Found
from autograd.explanation.derivation import Derivation
from autograd.explanation.notation import TEXT, Unknown, named
from autograd.explanation.rules import TEXTBOOK, textbook
from autograd.graph import topological_order
from autograd.network import Activation
from autograd.network.output_delta import above_of


def proofs(derivation: Derivation) -> list[str]:
    """One sentence per closed form that was used; ArithmeticError where SymPy does not find the same."""
    try:
        sympy: Any = import_module("sympy")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("prove() needs sympy: pip install sympy", name="sympy") from error
    functions = _functions(sympy)
    proved: dict[str, str] = {}
    for z, found in derivation.outputs.found().items():
        assert derivation.network is not None
        left = derivation.naming.gradient(z)
        row, place = derivation.outputs.place_of(z)
        unknowns = {unit.z: sympy.Symbol(f"z{number}", real=True) for number, unit in enumerate(row)}
        above = above_of(list(unknowns), derivation.network.users)
        loss = _evaluated(above, dict(unknowns), derivation.data, functions, sympy)
        slope = sympy.diff(loss, unknowns[row[place].z])
        closed = _closed(found, [unknowns[unit.z] for unit in row], place, derivation, functions, sympy)
        equation = f"{TEXT.write(left, general=True)} = {TEXT.write(found.formula, general=True)}"
        if not _vanishes(slope - closed, sympy):
            raise ArithmeticError(f"SymPy does not find {equation}: the difference is {slope - closed}")
        proved[equation] = f"{equation}: the derivative of the loss minus this is 0, simplified by SymPy"
    return list(proved.values()) + _slopes(derivation, functions, sympy)


def _slopes(derivation: Derivation, functions: Any, sympy: Any) -> list[str]:
    """The slopes of activations in the form in which they are learned: h·(1 − h), 1 − h²."""
    network = derivation.network
    found = []
    for name in dict.fromkeys(f.name for f in network.activations) if network is not None else ():
        if name in TEXTBOOK:
            z = sympy.Symbol("z", real=True)
            learned, _ = textbook(name, 1.0, Unknown(named("h"), 0.5), 0.0)
            h = functions[name](z)
            formula = TEXT.write(learned)
            values = {node: h for node in topological_order(learned) if node.op is None}
            if not _vanishes(sympy.diff(h, z) - _expressed(learned, values, functions, sympy), sympy):
                raise ArithmeticError(f"SymPy does not find that the slope of {name} is {formula}")
            found.append(f"the slope of h = {name}(z) is {formula}: the difference is 0, simplified by SymPy")
    return found


def _expressed(expression: Any, known: dict[Any, Any], functions: Any, sympy: Any) -> Any:
    """An expression of symbols in SymPy, where some parts are known."""
    found = dict(known)
    for node in topological_order(expression):
        if node not in found:
            args = [sympy.nsimplify(a, rational=True) if type(a) is float else found[a] for a in node.args]
            number = node.op is None
            found[node] = sympy.nsimplify(node.number, rational=True) if number else functions[node.op.name](*args)
    return found[expression]


def _vanishes(difference: Any, sympy: Any) -> bool:
    ways = (sympy.simplify, lambda e: sympy.simplify(e.rewrite(sympy.exp)))
    return any(way(difference) == 0 for way in ways)


def _evaluated(
    above: Sequence[Any], found: dict[Any, Any], data: Mapping[Any, float], functions: Any, sympy: Any
) -> Any:
    """The last of some nodes as an expression of SymPy; what lies outside them enters as a number."""
    for node in above:
        args = [
            sympy.nsimplify(arg, rational=True) if type(arg) is float
            else found[arg] if arg in found else sympy.nsimplify(data[arg], rational=True)
            for arg in node.args
        ]  # fmt: skip
        found[node] = functions[node.op.name](*args)
    return found[above[-1]]


def _closed(found: Found, zs: Sequence[Any], place: int, derivation: Derivation, functions: Any, sympy: Any) -> Any:
    """The closed form as an expression of SymPy in z."""
    z = zs[place]
    h = functions[Activation(found.unit.z, found.unit.h).name](z)
    known = {derivation.naming.value(found.unit.z): z, derivation.naming.value(found.unit.h): h}
    if found.head.kind == "softmax":
        known[found.p] = sympy.exp(z) / sum(map(sympy.exp, zs))
    return _expressed(found.formula, known, functions, sympy)


def _functions(sympy: Any) -> dict[str, Callable[..., Any]]:
    """The operations that losses and activations are made of, in SymPy."""
    log, exp = sympy.log, sympy.exp

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + exp(-x))

    def softplus(x: Any) -> Any:
        return log(1 + exp(x))

    return {
        "identity": lambda x: x, "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b, "neg": lambda a: -a, "power": lambda a, n: a**n, "exp": exp, "log": log,
        "log1p": lambda x: log(1 + x), "expm1": lambda x: exp(x) - 1, "sqrt": sympy.sqrt, "tanh": sympy.tanh,
        "sigmoid": sigmoid, "softplus": softplus, "absolute": sympy.Abs, "erf": sympy.erf,
        "sin": sympy.sin, "cos": sympy.cos, "sinh": sympy.sinh, "cosh": sympy.cosh, "atan": sympy.atan,
        "hypot": lambda a, b: sympy.sqrt(a**2 + b**2), "atan2": sympy.atan2,
        **dict.fromkeys(("maximum", "largest"), sympy.Max), **dict.fromkeys(("minimum", "smallest"), sympy.Min),
        "relu": lambda x: sympy.Piecewise((x, x > 0), (0, True)),
        "step": lambda x: sympy.Piecewise((1, x > 0), (0, True)),
        "leaky_relu": lambda x, a: sympy.Piecewise((x, x > 0), (a * x, True)),
        "where": lambda c, a, b: sympy.Piecewise((a, sympy.Ne(c, 0)), (b, True)),
        "sum_of": lambda *xs: sum(xs), "log_sum_exp": lambda *xs: log(sum(map(exp, xs))),
        "weighted_sum": lambda *xs: sum(a * b for a, b in zip(xs[: len(xs) // 2], xs[len(xs) // 2 :], strict=False))
        + (xs[-1] if len(xs) % 2 else 0),
        "binary_cross_entropy": lambda p, y: -(y * log(p) + (1 - y) * log(1 - p)),
        "binary_cross_entropy_with_logits": lambda z, y: y * softplus(-z) + (1 - y) * softplus(z),
    }  # fmt: skip
