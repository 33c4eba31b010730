"""`Lock`: for one thread at a time, and open to a process that was forked meanwhile."""

import os
import threading


class Lock:
    """A lock for `with`; a thread that holds it may take it again.

    The threads of the parent are not there after a fork: what one of them held, nobody would give back.
    """

    def __init__(self) -> None:
        self._process, self._lock = os.getpid(), threading.RLock()

    def __enter__(self) -> None:
        if self._process != os.getpid():
            self._process, self._lock = os.getpid(), threading.RLock()
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()
