"""`jit` and `training`: functions and epochs of descent as compiled code, which is loaded when first asked for."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.files import FilePath
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiler.compiled_training import Training
    from autograd.compiler.jitted import Jitted, Loaded
    from autograd.compiler.reach import Reach
    from autograd.compiler.task import Update


def jit(f: Callable[..., Any], backend: str = "auto") -> "Jitted":
    """f, traced once and compiled: a function with f's arguments and results, that runs faster.

    f takes and returns floats, nested lists, tuples and dicts of floats, and arrays of NumPy; what
    `grad`, `value_and_grad`, `jvp` and `hessian` make of a function can be compiled as well. For
    every structure of the arguments f is called once with Symbols (and, where it could tell them
    from numbers, by isinstance, say, once as it is for every kind of numbers, to be compared):
    Python's `if`, `==`, `while` and `math` cannot see numbers then (TypeError; use `where`, `maximum`
    and autograd's functions), and what else f does, such as printing, is not done again. All
    arguments are numbers that may change: flags and counts belong into a closure. What f reaches by
    itself, such as a global variable or an attribute, is looked at in every call, and f is traced
    anew where it is not what it was; of Values, such as the parameters of a model, the data is read
    at every call. A function that is not known to be the same at every call (it counts, draws random
    numbers, asks the clock, or uses what cannot be looked into) is a TypeError that says why.

    backend  "python" writes Python source with the standard library alone; "llvm" compiles to native
             code through llvmlite, which must be installed; "auto" is llvm where that is so

    Results are those of f, bit for bit, except that a compiled function follows IEEE 754 where
    Python raises: log(0) is -inf, 0/0 is nan; and that log_sum_exp in native code, whose terms are
    added in another order, may differ in the last digits. (Python's own `sum` of plain floats is more
    exact than additions one by one from 3.12 on; `total` is the same here and there.) See `Jitted`
    for `map`, `save`, `source` and `llvm_ir`.

    >>> from autograd import value_and_grad
    >>> square = jit(value_and_grad(lambda x: x * x), backend="python")
    >>> square(3.0)
    (9.0, 6.0)
    """
    from autograd.compiler.jitted import Jitted

    return Jitted(f, backend)


def load_traced(path: FilePath, backend: str = "auto") -> "Loaded":
    """The function that `jit(f).save(path)` wrote to a file, compiled: the results of jit(f), bit for bit.

    It takes arguments of the structures that f was called with before it was saved; others are a
    TypeError that lists these. Of Values it makes a graph, so that `grad` and the like can be taken.
    What f reached by itself, such as the parameters of a model, is what it was when f was saved.
    Nothing in the file is executed: it names operations of autograd, and a file that is damaged is a
    ValueError that says where. `backend` as in `jit`.

    >>> import os, tempfile
    >>> f = jit(lambda p: p[0] * p[1])
    >>> f([3.0, 4.0])
    12.0
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     f.save(os.path.join(folder, "f.json"))
    ...     g = load_traced(os.path.join(folder, "f.json"))
    >>> g([3.0, 5.0])
    15.0
    """
    from autograd.compiler.jitted import Loaded

    return Loaded(path, backend)


def training(
    loss: Callable[..., Any],
    parameters: Sequence[Value],
    *columns: Any,
    update: "Update | None" = None,
    memory: Sequence[float] = (),
    penalty: Callable[[], Any] | None = None,
    batch_size: int | None = None,
    backend: str = "auto",
    threads: int = 1,
) -> "Training":
    """Gradient descent on a loss of one row of data, averaged over batches, in compiled code; see `Training`.

    loss        a function of one row, `loss(x, y)`, that reaches the parameters by itself
    parameters  the Values to be trained; `pull` gives them their new data
    columns     lists or arrays with one entry per row for each argument of `loss`
    update      `(p, g, memory, lr, t) -> (p, memory)`: the next value and memory of a parameter p with
                the gradient g, at the learning rate lr, in step t (from 1 on); p - lr·g if left out
    memory      what is remembered of a parameter at the start, numbers
    penalty     a function without arguments to a Value that is added to the loss of every batch
    batch_size  rows to a step; None for all
    backend     "llvm" (needs llvmlite), "python", or "auto" for the better one that is there
    threads     how many native code may run in, where that pays (wide layers, large batches); the
                numbers are the same to the last bit, however many

    A loss, update or penalty that cannot be traced, or is not known to be the same function at every
    call, is a TypeError, a parameter that the loss does not depend on a ValueError. What they reach
    is looked at in every `run`, and they are traced anew where it is not what it was.

    >>> w = Value(0.0, "w")
    >>> descent = training(lambda x, y: (w * x - y) ** 2, [w], [1.0, 2.0], [2.0, 4.0], backend="python")
    >>> descent.run([0.1] * 20)[-1] < 1e-4
    True
    >>> _ = descent.pull()
    >>> round(w.data, 3)
    2.0
    """
    from autograd.compiler.compiled_training import Training

    return Training(loss, parameters, *columns, update=update, memory=memory, penalty=penalty,
                    batch_size=batch_size, backend=backend, threads=threads)  # fmt: skip


def watched_training(
    loss: Callable[..., Any],
    parameters: Sequence[Value],
    *columns: Any,
    update: "Update",
    penalty: Callable[[], Any] | None,
    roots: Sequence[tuple[str, Any]],
    apart: Mapping[int, Any],
    trusted: Any,
    auto: bool,
    samples: Callable[[], Any],
    memory: Sequence[float] = (),
    batch_size: int | None = None,
    backend: str = "auto",
    threads: int = 1,
) -> "Training":
    """`training` of code that somebody else wrote: what it reads is watched from `roots` on."""
    from autograd.compiler.compiled_training import Training
    from autograd.compiler.task import Task

    task = Task(loss, update, penalty, roots, apart, trusted, auto, samples)
    return Training(loss, parameters, *columns, memory=memory, batch_size=batch_size, backend=backend,
                    threads=threads, task=task)  # fmt: skip


def reach(roots: Sequence[tuple[str, Any]]) -> "Reach":
    """All that functions and objects, given with what to call them, can read when they are called; nothing is run."""
    from autograd.compiler.reach import Reach

    return Reach(roots)
