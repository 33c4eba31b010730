"""A progress bar for comparisons that take a while."""

import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 1.0
"""Seconds that go by before a bar is shown."""

_begun: ContextVar[float | None] = ContextVar("begun", default=None)


@contextmanager
def watched(wanted: bool) -> Iterator[None]:
    """Inside, `steps` shows a bar if one is wanted and somebody sees it: on a terminal, or in a notebook."""
    seen = _in_a_notebook() or (sys.stderr is not None and sys.stderr.isatty())
    token = _begun.set(time.monotonic() if wanted and seen else None)
    try:
        yield
    finally:
        _begun.reset(token)


def steps(items: Sequence[T], doing: str) -> Iterator[T]:
    """The items one by one; once `PATIENCE` is over, a bar says how far it is. Without tqdm there is none."""
    begun, bar = _begun.get(), None
    try:
        for i, item in enumerate(items):
            if begun is not None and bar is None and time.monotonic() - begun >= PATIENCE:
                bar = _bar(i, len(items), doing)
                begun = begun if bar is not None else None
            yield item
            if bar is not None:
                bar.update()
    finally:
        if bar is not None:
            bar.close()


def _in_a_notebook() -> bool:
    return "IPython" in sys.modules and hasattr(sys.modules["IPython"].get_ipython(), "kernel")


def _bar(initial: int, total: int, doing: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a notebook has no widgets: the bar is then of text
            import tqdm.auto
    except ModuleNotFoundError:
        return None
    bar: Any = tqdm.auto.tqdm
    # Without widgets it is a line of text, which notebooks print on red where it goes to stderr.
    stream = sys.stdout if _in_a_notebook() else sys.stderr
    return bar(initial=initial, total=total, desc=doing, unit="step", leave=False, file=stream)
