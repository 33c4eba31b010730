"""Whether operations are recorded in a graph: `no_grad`, in this thread and task only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final

from autograd.symbol import is_tracing, unseen

COROUTINE = 0x80
"""The flag of a function written with `async def`, as in the module inspect."""

_recording: ContextVar[bool] = ContextVar("recording", default=True)


@contextmanager
def recording(enabled: bool) -> Iterator[None]:
    """Inside, operations are recorded or not, in this thread and task only."""
    before = _recording.get()
    try:
        _recording.set(enabled)
        yield
    finally:
        _recording.set(before)


is_recording: Final[Callable[[], bool]] = _recording.get
"""Whether operations are recorded here and now: asked by every one of them, so that nothing stands between."""


class no_grad:  # noqa: N801 - a word of the language, as in PyTorch
    """Inside `with no_grad():`, or in a function decorated with `@no_grad()`, nothing is recorded.

    It can be nested, and holds for the thread or task that entered it only. (A generator that
    yields inside the block takes its caller with it.)
    """

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        if is_tracing():
            raise unseen("no_grad() cuts numbers off from their graph, which a trace cannot do: leave it out", False)
        self._before.append(_recording.get())
        try:
            _recording.set(False)
        except BaseException:  # an interrupt, after which nothing would put it back
            _recording.set(self._before.pop())
            raise

    def __exit__(self, *error: object) -> None:
        _recording.set(self._before.pop())

    def __call__(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """The function f, or coroutine function, with nothing recorded while it runs."""

        @wraps(f)
        def quiet(*args: Any, **options: Any) -> Any:
            with no_grad():
                return f(*args, **options)

        @wraps(f)
        async def quiet_task(*args: Any, **options: Any) -> Any:
            with no_grad():
                return await f(*args, **options)

        return quiet_task if getattr(f, "__code__", None) and f.__code__.co_flags & COROUTINE else quiet
