"""Threads that run one native function together: started, and in it made to wait for one another."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

from autograd.compiler.native import YIELD

T = TypeVar("T")

LOOKS = 20_000
"""How often a thread looks whether the others have come before it offers its core to whoever needs one."""

PARTS = 32
"""Work is shared to the precision of so many binary digits."""

THREAD = "i64 %from, i64 %to, i64 %threads"
"""Arguments: which share of the work is that of a thread, in parts of 2 ** PARTS; how many threads there are."""


def shares(threads: int) -> list[tuple[int, int, int]]:
    """These arguments for every thread."""
    ends = [(k << PARTS) // threads for k in range(threads + 1)]
    return [(*pair, threads) for pair in pairwise(ends)]


def waiting(counter: int) -> tuple[str, dict[str, str]]:
    """The text of `wait(work, threads)`, which returns when all threads have called it, and what it declares.

    `counter` is where among the doubles of `work` it counts the calls: they are never taken back, as
    the first call of a round tells all of it by its number.
    """
    text = f"""define internal void @wait(ptr %work, i64 %threads) noinline {{
entry:
  %alone = icmp eq i64 %threads, 1
  br i1 %alone, label %end, label %come
come:
  %counter = getelementptr i64, ptr %work, i64 {counter}
  %before = atomicrmw add ptr %counter, i64 1 seq_cst
  %rounds = sdiv i64 %before, %threads
  %rounds_next = add i64 %rounds, 1
  %all = mul i64 %rounds_next, %threads
  br label %look
look:
  %k = phi i64 [0, %come], [%k_next, %again], [%k_next, %rest]
  %now = load atomic i64, ptr %counter acquire, align 8
  %there = icmp sge i64 %now, %all
  br i1 %there, label %end, label %again
again:
  %k_next = add i64 %k, 1
  %long = icmp sgt i64 %k_next, {LOOKS}
  br i1 %long, label %rest, label %look
rest:
  call i32 @{YIELD}()
  br label %look
end:
  ret void
}}"""
    return text, {YIELD: f"declare i32 @{YIELD}()"}


def at_once(threads: int, call: Callable[[int], T]) -> T:
    """What call(0) returns, while call(1), ... run in threads of their own; all are called, or none.

    An interrupt is raised when all have returned.
    """
    if threads == 1:
        return call(0)
    ready = threading.Event()
    agreed: list[bool] = []

    def enter(k: int) -> T | None:
        ready.wait()
        return call(k) if agreed else None

    with ThreadPoolExecutor(threads, "chalkgrad trains") as pool:
        try:
            futures = [pool.submit(enter, k) for k in range(threads)]
            agreed.append(True)
        finally:
            ready.set()
        found = [future.result() for future in futures]
    assert found[0] is not None
    return found[0]
