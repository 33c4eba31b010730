"""Runs a function on many programs side by side: `isolated_many`."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

from autograd.isolation import in_process
from autograd.isolation.outcome import Limits, Outcome
from autograd.isolation.running import PLENTY, isolated


def isolated_many(
    function: str,
    requests: Sequence[dict[str, Any]],
    limits: Limits = PLENTY,
    jobs: int | None = None,
    done: Callable[[Outcome], object] = lambda outcome: None,
) -> list[Outcome]:
    """What `isolated` gives for each request, in their order; `done` is called with each as soon as it is known.

    jobs  how many at a time: as many as there are cores if not said

    With joblib (`pip install joblib`) these are its jobs, in threads that each wait for a process, or
    wherever `joblib.parallel_config` says: `backend="dask"` or `"ray"` sends them to a cluster, which has to have this
    package, and the folders of the programs where they are here. Without it, threads of Python's own do the same here.
    """
    if in_process.IN_A_BROWSER:  # one after the other: there are no threads either
        return _gathered((_numbered(i, function, x, limits, None) for i, x in enumerate(requests)), done)
    try:
        joblib = import_module("joblib")
    except ModuleNotFoundError:
        return _in_threads(function, requests, limits, jobs or _cores(), done)
    return _by_joblib(joblib, function, requests, limits, jobs, done)


def _by_joblib(
    joblib: Any, function: str, requests: Sequence[dict[str, Any]], limits: Limits, jobs: int | None,
    done: Callable[[Outcome], object],
) -> list[Outcome]:  # fmt: skip
    """The jobs, where joblib has them run."""
    backend, configured = joblib.parallel.get_active_backend(prefer="threads")
    stop = threading.Event() if getattr(backend, "supports_sharedmem", False) else None
    parallel = joblib.Parallel(
        n_jobs=jobs or (-1 if configured in (None, 1) else None),
        prefer="threads",  # unless the user has chosen: a thread that waits is all that it takes
        batch_size=1,
        return_as="generator_unordered" if getattr(backend, "supports_return_generator", False) else "list",
    )
    numbered = parallel(joblib.delayed(_numbered)(i, function, x, limits, stop) for i, x in enumerate(requests))
    try:
        return _gathered(numbered, done)
    except BaseException:
        if stop is not None:
            stop.set()
            _gathered(numbered, lambda outcome: None)  # what is left ends at once
        raise


def _in_threads(
    function: str, requests: Sequence[dict[str, Any]], limits: Limits, jobs: int, done: Callable[[Outcome], object]
) -> list[Outcome]:
    """The jobs in threads, all ended where one is interrupted."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    stop = threading.Event()
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(_numbered, i, function, x, limits, stop) for i, x in enumerate(requests)]
        try:
            return _gathered((future.result() for future in as_completed(futures)), done)
        except BaseException:
            stop.set()  # running ones end at once, and so does each that would have been next
            raise


def _numbered(
    i: int, function: str, request: dict[str, Any], limits: Limits, stop: threading.Event | None
) -> tuple[int, Outcome]:
    """One outcome with its place, since they come as they are done."""
    return i, isolated(function, request, limits, stop=stop)


def _gathered(numbered: Iterable[tuple[int, Outcome]], done: Callable[[Outcome], object]) -> list[Outcome]:
    """The outcomes in their order."""
    found = {}
    for i, outcome in numbered:
        found[i] = outcome
        done(outcome)
    return [found[i] for i in sorted(found)]


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
