"""What tracing does to the Values that stand for unknowns, and that it takes all of it back."""

import copy
import gc
import pickle
import random
import threading
from contextvars import copy_context
from unittest.mock import Mock, patch

import pytest

from autograd import Symbol, Value, grad, jit, no_grad, recording, symbol, training
from autograd.compiler import compiled_training
from autograd.compiler.reach import Reach
from autograd.compiler.tracing import Capture
from autograd.compiler.unknown import Unknown, unknown
from autograd.symbol import capturing
from nn import MLP, SGD, bce, compiled, fit

READS = {
    "data": lambda w: w.data,
    "hidden data": lambda w: w._data,
    "grad": lambda w: w.grad,
    "has_grad": lambda w: w.has_grad,
    "primals": lambda w: w.primals,
    "backward": lambda w: w.backward(),
    "zero_grad": lambda w: w.zero_grad(),
    "set data": lambda w: setattr(w, "data", 1.0),
    "set grad": lambda w: setattr(w, "grad", 1.0),
    "truth": lambda w: bool(w),
    "less": lambda w: w < 1.0,
    "from the right": lambda w: 1.0 >= w,  # noqa: SIM300
    "beside a Value": lambda w: Value(1.0) > w,
    "equal": lambda w: w == 1.0,
    "unequal": lambda w: w != 1.0,
    "among": lambda w: w in (1.0, 2.0),
    "float": lambda w: float(w),
    "format": lambda w: f"{w:.3f}",
    "text": lambda w: repr(w),
    "copy": lambda w: copy.copy(w),
    "deepcopy": lambda w: copy.deepcopy(w),
    "pickle": lambda w: pickle.dumps(w),
    "a result": lambda w: (w * 2.0).data,
    "a result's truth": lambda w: bool(2.0 * w + Value(1.0)),
    "a result compared": lambda w: Value(3.0) * w > 0,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize("computed", [False, True])
def test_no_number_of_an_unknown_is_read(read, computed):
    leaf = Value(0.5, "w")
    w = leaf * 2.0 if computed else leaf
    capture = Capture()
    what = r"is not known|has no data|lose"
    with capturing(capture), unknown([w]), pytest.raises((TypeError, AttributeError), match=what):
        read(w)
    assert type(w) is type(leaf) is Value and leaf.data == 0.5
    for call in (lambda x: read(w) and x, lambda x: x * (1.0 if read(w) else 2.0)):
        with pytest.raises((TypeError, AttributeError)):
            jit(call, "python")(1.0)
    assert type(w) is type(leaf) is Value and leaf.data == 0.5


def test_what_is_computed_is_no_other_for_unknowns():
    """Operators from both sides, beside constants and Symbols, functions of NumPy, identity."""
    a, b, c = Value(0.5, "a"), Value(-2.0, "b"), Value(3.0)
    f = lambda x: [a + b, c - a, a / c, 2.0**a, a**2, -a, abs(b), a * x, x - b, c * c, a.tanh(), +a]  # noqa: E731
    expected = [y.data for y in f(1.5)]
    assert jit(f, "python")(1.5) == expected
    same = jit(lambda x: x * (2.0 if {a: 1}[a] == 1 and a in [b, a] and a is not b else 3.0), "python")
    assert same(1.5) == 3.0


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, RuntimeError])
def test_everything_is_taken_back(error):
    """After an error or an interrupt in the middle of a trace: Values, numbers, containers, random numbers."""
    random.seed(3)
    expected = random.Random(3).random()
    model, seen, calls = MLP(2, [2, 1], "tanh", rng=random.Random(0)), [1.0], [0]
    before = [p.data for p in model.parameters()]

    def loss(x, y):
        calls[0] += 1
        seen.append(2.0)
        if error is not KeyError or calls[0] > 1:
            raise error("in the middle")
        return (model(x) - y) ** 2

    with pytest.raises((error, TypeError)):
        training(loss, model.parameters(), [[0.5, 1.0]], [1.0], backend="python")
    assert [p.data for p in model.parameters()] == before and {type(p) for p in model.parameters()} == {Value}
    assert (seen, calls) == ([1.0], [0]) and random.random() == expected
    model([0.5, 1.0]).backward()
    assert all(p.has_grad for p in model.parameters())


BEGINNINGS = {
    "tracing": (symbol, "_capture", "set", lambda: capturing(Capture())),
    "not recording": (recording, "_recording", "set", lambda: recording.recording(False)),
    "no_grad": (recording, "_recording", "set", no_grad),
    "not collecting": (compiled_training, "gc", "disable", compiled_training.undisturbed),
}


@pytest.mark.parametrize("what", BEGINNINGS)
def test_an_interrupt_as_something_begins_ends_it(monkeypatch, what):
    """It comes when all is changed already, and before there is a token or the like that would put it back."""
    module, name, method, begin = BEGINNINGS[what]
    own, calls = getattr(module, name), []

    def interrupted(*args):
        getattr(own, method)(*args)
        calls.append(args)
        if len(calls) == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, name, Mock(wraps=own, **{method: interrupted}))
        with pytest.raises(KeyboardInterrupt), begin():
            pass
    assert calls and not symbol.is_tracing() and recording.is_recording() and gc.isenabled()


def test_other_threads_see_numbers():
    w, found = Value(0.5, "w"), []

    def f(x):
        thread = threading.Thread(target=lambda: found.append((w.data, (w * 2.0).data, w > 0, f"{w:.1f}", w == w)))
        thread.start()
        thread.join()
        return w * x

    with unknown([w]), capturing(Capture()):
        f(Symbol("x"))
    assert found == [(0.5, 1.0, True, "0.5", True)] and type(w) is Value


def test_copies_by_other_threads_are_no_unknowns():
    class Weight(Value):
        __slots__ = ()

        def __format__(self, spec: str) -> str:
            return "my own"

    w, own = Value(0.5, "w"), Weight(2.0)
    y = w * own
    with unknown([w, own]):
        copies = [copy.copy(w), copy.deepcopy(w), pickle.loads(pickle.dumps(w)), copy.copy(own)]
        deep, text = copy.deepcopy(y), f"{own:.1f}"
    assert [type(x) for x in (*copies, *deep.args)] == [Value] * 3 + [Weight, Value, Weight]
    assert [x.data for x in (*copies, deep)] == [0.5, 0.5, 0.5, 2.0, 1.0] and text == "my own"


def test_other_threads_see_the_same_numbers_all_the_time():
    """A model may be asked for predictions while it begins to be trained with a loss of one's own."""
    w, found = Value(0.5, "w"), set()
    of_thread = copy_context()  # which traces nothing

    plain = Unknown.apply

    def apply(op, args):
        found.add(of_thread.run(lambda: w.data))
        return plain(op, args)

    with patch.object(Unknown, "apply", staticmethod(apply)):
        training(lambda x, y: (w * x - y) ** 2, [w], [1.0], [2.0], backend="python")
    assert found == {0.5}


def test_a_value_of_a_class_of_its_own():
    class Weight(Value):
        def __init__(self, data: float) -> None:
            super().__init__(data)
            self.note = "kept"

    w = Weight(2.0)
    assert jit(lambda x: w * x, "python")(3.0) == 6.0 and type(w) is Weight and w.note == "kept"
    with pytest.raises(TypeError, match="cannot branch on it"):
        jit(lambda x: x if w > 0 else -x, "python")(3.0)


def test_nothing_is_trained_under_no_grad(monkeypatch):
    monkeypatch.setattr(compiled, "SHORT", 0.0)
    for backend, error in (("eager", RuntimeError), ("auto", RuntimeError), ("python", ValueError)):
        model = MLP(2, [1], output="sigmoid", rng=random.Random(0))
        with no_grad(), pytest.raises(error, match=r"no_grad\(\)"):
            fit(model, [[0.5, 1.0]], [1.0], loss=bce, optimizer=SGD(model.parameters(), lr=0.1), epochs=2,
                backend=backend, progress=False)  # fmt: skip


def test_a_jitted_function_may_be_called_under_no_grad():
    w = Value(2.0)
    with no_grad():
        assert jit(lambda x: w * x, "python")(3.0) == 6.0
        assert jit(grad(lambda x: w * x * x), "python")(3.0) == 12.0


def test_what_is_reached():
    inner = Value(2.0, "inner")

    class Holder:
        def __init__(self) -> None:
            self.parts = {"a": [inner], "unnamed": threading.Lock()}

        def first(self):
            return self.parts["a"][0]

    holder = Holder()
    reach = Reach([("f", lambda x: holder.first() * x)])
    assert reach.values == [inner] and "first" in reach.names and "parts" in reach.names
    (fault,) = reach.faults
    assert fault == ("f", "uses holder.parts, of the kind _thread.lock, whose state cannot be seen")
    assert Reach([("f", lambda x: x * 2.0)]).faults == []
