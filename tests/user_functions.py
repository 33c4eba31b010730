"""What people hand to `jit`, `grad` and the like: functions that reach, change, branch, remember, as a table.

Every row makes a function anew, and what is done between two calls; `says` is "" where compiled code
computes what the function itself does before and after that, else what the error says.
"""

import functools
import itertools
import math
import random
import time
import types
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd import Primitive, Symbol, Value, exp, grad, jit, maximum, no_grad, tanh, total, where
from nn import MLP

BRANCH = "cannot branch on it"
UNKNOWN = "is not known here"


class Made(NamedTuple):
    f: Callable[[Any], Any]
    change: Callable[[], Any] = lambda: None


ROWS: dict[str, tuple[Callable[[], Made], str]] = {}


def row(says: str = "") -> Callable[[Callable[[], Made]], Any]:
    """Enter a function into the table."""

    def enter(make: Callable[[], Made]) -> Any:
        assert make.__name__ not in ROWS
        ROWS[make.__name__] = make, says
        return make

    return enter


# ---------------------------------------------------------------- what is reached, and changes


@row()
def a_cell() -> Made:
    k = 2.0

    def change():
        nonlocal k
        k = -3.0

    return Made(lambda x: k * x * x, change)


FACTOR = 2.0


@row()
def a_global() -> Made:
    global FACTOR
    FACTOR = 2.0

    def change():
        global FACTOR
        FACTOR = -3.0

    return Made(lambda x: FACTOR * x * x, change)


@row()
def a_list() -> Made:
    ks = [2.0, 1.0]
    return Made(lambda x: ks[0] * x * x + ks[-1], lambda: ks.append(5.0))


@row()
def a_nested_list() -> Made:
    ks = [[2.0], [1.0]]
    return Made(lambda x: ks[0][0] * x * x + ks[1][0], lambda: ks[1].__setitem__(0, 5.0))


@row()
def a_dict() -> Made:
    ks = {"a": 2.0}
    return Made(lambda x: ks["a"] * x * x + ks.get("b", 0.0), lambda: ks.update(b=1.0))


@row()
def a_set() -> Made:
    ks = {2.0}
    return Made(lambda x: len(ks) * x * x, lambda: ks.add(1.0))


@row()
def an_attribute() -> Made:
    own = types.SimpleNamespace(k=2.0)
    return Made(lambda x: own.k * x * x, lambda: setattr(own, "k", -3.0))


class Scale:
    """Scales, by a number of its class or its own."""

    k = 2.0
    __slots__ = ("own",)

    def __init__(self) -> None:
        self.own = 1.0

    def __call__(self, x: Any) -> Any:
        return self.k * self.own * x * x


class Shift:
    def __init__(self) -> None:
        self.by = 1.0

    @property
    def twice(self) -> float:
        return 2.0 * self.by

    def at(self, x: Any) -> Any:
        return x * x + self.twice * x


@row()
def a_slot() -> Made:
    scale = Scale()
    return Made(lambda x: scale(x), lambda: setattr(scale, "own", 5.0))


@row()
def an_object_that_is_called() -> Made:
    scale = Scale()
    return Made(scale, lambda: setattr(scale, "own", 5.0))


@row()
def a_number_of_a_class() -> Made:
    kind = type("Own", (Scale,), {"k": 2.0})
    return Made(lambda x: kind.k * x * x, lambda: setattr(kind, "k", 5.0))


@row()
def a_number_that_a_class_gets() -> Made:
    kind = type("Own", (Scale,), {})
    scale = kind()
    return Made(lambda x: scale.k * x * x, lambda: setattr(kind, "k", 5.0))


@row()
def a_method_that_is_replaced() -> Made:
    kind = type("Own", (Scale,), {})
    return Made(kind(), lambda: setattr(kind, "__call__", lambda self, x: 7.0 * x * x))


@row()
def a_method_and_a_property() -> Made:
    shift = Shift()
    return Made(shift.at, lambda: setattr(shift, "by", 3.0))


@row()
def a_class_that_is_changed() -> Made:
    shift = Shift()
    other = type("Other", (Shift,), {"at": lambda self, x: x * x * x})
    return Made(lambda x: shift.at(x), lambda: setattr(shift, "__class__", other))


@row()
def a_module() -> Made:
    module = types.ModuleType("settings")
    module.k = 2.0  # type: ignore[attr-defined]
    return Made(lambda x: module.k * x * x, lambda: setattr(module, "k", -3.0))


@row()
def a_default() -> Made:
    def f(x, ks=[2.0]):  # noqa: B006
        return ks[0] * x * x

    return Made(f, lambda: f.__defaults__[0].__setitem__(0, 5.0))


@row()
def defaults_that_are_replaced() -> Made:
    def f(x, k=2.0):
        return k * x * x

    return Made(lambda x: f(x), lambda: setattr(f, "__defaults__", (5.0,)))


@row()
def code_that_is_replaced() -> Made:
    def f(x):
        return x * x

    return Made(lambda x: f(x), lambda: setattr(f, "__code__", (lambda x: 5.0 * x).__code__))


@row()
def an_attribute_of_a_function() -> Made:
    def f(x):
        return f.k * x * x

    f.k = 2.0
    return Made(f, lambda: setattr(f, "k", 5.0))


@row()
def a_partial() -> Made:
    ks = [2.0]
    return Made(functools.partial(lambda ks, x: ks[0] * x * x, ks), lambda: ks.__setitem__(0, 5.0))


@row()
def a_function_in_a_list() -> Made:
    functions = [exp]
    return Made(lambda x: functions[0](x), lambda: functions.__setitem__(0, tanh))


@row()
def an_array() -> Made:
    ks = np.array([2.0, 1.0])
    return Made(lambda x: float(ks[0]) * x * x, lambda: ks.__setitem__(0, 5.0))


@row()
def a_view_of_an_array() -> Made:
    whole = np.array([2.0, 1.0])
    part = whole[:1]
    return Made(lambda x: float(part[0]) * x * x, lambda: whole.__setitem__(0, 5.0))


@row()
def a_value() -> Made:
    w = Value(2.0, "w")
    return Made(lambda x: w * x * x, lambda: setattr(w, "data", -3.0))


@row()
def a_value_that_is_replaced() -> Made:
    ws = [Value(2.0, "w")]
    return Made(lambda x: ws[0] * x * x, lambda: ws.__setitem__(0, Value(-3.0, "w")))


@row()
def a_value_computed_before() -> Made:
    w = Value(2.0, "w")
    twice = w + w
    return Made(lambda x: twice * x * x + w, lambda: setattr(w, "data", -3.0))


@row()
def an_array_of_values() -> Made:
    ws = np.array([Value(2.0), Value(1.0)])
    return Made(lambda x: (ws * x).sum() * x, lambda: setattr(ws[0], "data", -3.0))


@row()
def a_label() -> Made:
    w = Value(2.0, "w")
    return Made(lambda x: x * x if w.label == "w" else x, lambda: setattr(w, "label", "v"))


@row()
def a_model() -> Made:
    model = MLP(1, [2, 1], "tanh", rng=random.Random(0))

    def change():
        for p in model.parameters():
            p.data *= -2.0

    return Made(lambda x: model([x]), change)


@row()
def a_model_whose_weight_is_replaced() -> Made:
    model = MLP(1, [2, 1], "tanh", rng=random.Random(0))
    return Made(lambda x: model([x]), lambda: model.layers[0].neurons[0].w.__setitem__(0, Value(3.0)))


@row()
def a_model_whose_activation_is_replaced() -> Made:
    model = MLP(1, [2, 1], "tanh", rng=random.Random(0))
    return Made(lambda x: model([x]), lambda: setattr(model.layers[0].neurons[0], "_function", exp))


@row()
def a_flag() -> Made:
    flags = {"fast": True}
    return Made(lambda x: x * x if flags["fast"] else x * x * x, lambda: flags.update(fast=False))


@row()
def a_branch_on_a_plain_number() -> Made:
    ks = [1.0]
    return Made(lambda x: x * x if ks[0] > 0 else -x, lambda: ks.__setitem__(0, -1.0))


@row()
def a_function_of_math() -> Made:
    ks = [1.0]
    return Made(lambda x: math.exp(ks[0]) * x * x, lambda: ks.__setitem__(0, -1.0))


@row()
def a_jitted_function() -> Made:
    ks = [2.0]
    inner = jit(lambda x: ks[0] * x * x, "python")
    return Made(lambda x: inner(x) + x, lambda: ks.__setitem__(0, 5.0))


@row()
def a_gradient() -> Made:
    ks = [2.0]
    inner = grad(lambda x: ks[0] * x * x * x)
    return Made(lambda x: inner(x) + x, lambda: ks.__setitem__(0, 5.0))


@row()
def an_operation() -> Made:
    own = Primitive("own", lambda x: x * x, [lambda g, y, x: 2.0 * g * x], domain=[(-2, 2)], lower=lambda x: x * x)
    return Made(lambda x: own(x) + x)


@row()
def names_are_bound_later() -> Made:
    ks = types.SimpleNamespace()
    ks.k = 2.0
    return Made(lambda x: x * x * len(vars_of(ks)), lambda: setattr(ks, "other", 1.0))


def vars_of(x: Any) -> list[str]:
    return [name for name in ("k", "other") if hasattr(x, name)]


# ---------------------------------------------------------------- what is asked of an unknown


@row(BRANCH)
def branches() -> Made:
    return Made(lambda x: x * x if x > 0 else -x)


@row(BRANCH)
def compares_with_a_number() -> Made:
    return Made(lambda x: 1.0 if x == 2.0 else x * x)


@row(BRANCH)
def is_one_of() -> Made:
    return Made(lambda x: 1.0 * x if x in (2.0, 3.0) else x * x)


@row(BRANCH)
def takes_the_largest() -> Made:
    return Made(lambda x: max(x, 0.0) * x)


@row(BRANCH)
def branches_on_a_value() -> Made:
    w = Value(2.0, "w")
    return Made(lambda x: x * x if w > 0 else -x, lambda: setattr(w, "data", -1.0))


@row(BRANCH)
def asks_a_value_for_truth() -> Made:
    w = Value(2.0, "w")
    return Made(lambda x: x * x if w else -x, lambda: setattr(w, "data", 0.0))


@row(BRANCH)
def compares_a_value() -> Made:
    w = Value(2.0, "w")
    return Made(lambda x: x * x if w > 1.0 else -x, lambda: setattr(w, "data", -1.0))


@row(UNKNOWN)
def takes_data() -> Made:
    w = Value(2.0, "w")
    return Made(lambda x: w.data * x * x, lambda: setattr(w, "data", -1.0))


@row(UNKNOWN)
def formats_a_value() -> Made:
    w = Value(2.0, "w")
    return Made(lambda x: float(f"{w:.3f}") * x * x, lambda: setattr(w, "data", -1.0))


@row(UNKNOWN)
def formats_an_argument() -> Made:
    return Made(lambda x: len(f"{x:.17g}") * x)


@row(UNKNOWN)
def takes_a_gradient() -> Made:
    w = Value(2.0, "w")
    return Made(lambda x: w.grad * x + x, lambda: setattr(w, "grad", 3.0))


@row("is not known here|changes w")
def sets_data() -> Made:
    w = Value(2.0, "w")

    def f(x):
        w.data = 3.0
        return w * x * x

    return Made(f)


@row("looked up")
def looks_up() -> Made:
    table = {2.0: 5.0}
    return Made(lambda x: table.get(x, 1.0) * x)


@row(BRANCH)
def catches_errors() -> Made:
    def f(x):
        try:
            return x * x if x > 0 else -x
        except TypeError:
            return 3.0 * x

    return Made(f)


@row("getattr")
def takes_by_name() -> Made:
    return Made(lambda x: x * getattr(x, "data", x))


@row("no_grad")
def cuts_off() -> Made:
    def f(x):
        with no_grad():
            y = x * x
        return x * y

    return Made(f)


@row("number behind x|known")
def rounds() -> Made:
    return Made(lambda x: round(x) * x)


# ---------------------------------------------------------------- what remembers, draws, asks the clock


@row("n")
def counts() -> Made:
    n = [0]

    def f(x):
        n[0] += 1
        return n[0] * x * x

    return Made(f)


@row("lines")
def notes() -> Made:
    lines: list[float] = []

    def f(x):
        lines.append(1.0)
        return x * x * len(lines)

    return Made(f)


@row("random")
def draws() -> Made:
    return Made(lambda x: random.random() * x * x)


@row("random")
def draws_with_its_own() -> Made:
    rng = random.Random(3)
    return Made(lambda x: rng.gauss(0, 1) * x * x)


@row("random")
def draws_with_numpy() -> Made:
    return Made(lambda x: float(np.random.normal()) * x * x)


@row("random")
def draws_weights() -> Made:
    return Made(lambda x: MLP(1, [1])([x]))


@row("time")
def asks_the_clock() -> Made:
    return Made(lambda x: time.perf_counter() * x * x)


@row("itertools.count")
def takes_the_next() -> Made:
    counter = itertools.count()
    return Made(lambda x: next(counter) * x * x)


@row("lru_cache")
def remembers() -> Made:
    ks = [2.0]
    factor = functools.cache(lambda: ks[0])
    return Made(lambda x: factor() * x * x, lambda: ks.__setitem__(0, 5.0))


@row("open")
def reads_a_file() -> Made:
    def f(x):
        with open(__file__) as file:
            return len(file.read()) * x

    return Made(f)


@row("lower")
def an_operation_compiled_to_another() -> Made:
    own = Primitive("own", lambda x: x * x, [lambda g, y, x: 2.0 * g * x], domain=[(-2, 2)], lower=lambda x: x * x * x)
    return Made(lambda x: own(x) + x)


# ---------------------------------------------------------------- what is traced as it stands


@row()
def prints() -> Made:
    def f(x):
        print(end="")
        return x * x

    return Made(f)


@row()
def loops() -> Made:
    return Made(lambda x: total([maximum(x, float(k)) * x for k in range(4)]))


@row()
def keeps_locals() -> Made:
    def f(x):
        parts = {}
        parts["a"], seen = x * x, [x]
        seen.append(parts["a"])
        return where(x, seen[-1], x) * next(k for k in (1.0, 2.0) if k > 1.0)

    return Made(f)


@row()
def makes_values() -> Made:
    ks = [2.0]
    return Made(lambda x: Value(ks[0]) * x * x, lambda: ks.__setitem__(0, 5.0))


@row()
def reads_an_attribute_of_its_class_of_classes() -> Made:
    class Kinds(type):
        scale = 2.0

        @property
        def strength(cls) -> float:
            return cls.scale

    class Kind(metaclass=Kinds):
        pass

    return Made(lambda x: Kind.strength * x, lambda: setattr(Kinds, "scale", 3.0))


@row("plain numbers|isinstance")
def asks_for_symbols() -> Made:
    return Made(lambda x: 5.0 * x if isinstance(x, Symbol) else x * x)
