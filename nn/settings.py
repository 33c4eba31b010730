"""Settings as numbers, and what they must be."""

import math
from collections.abc import Callable
from typing import Any

from autograd import Value

Rule = tuple[str, Callable[[float], bool]]

FROM_ZERO: Rule = "a finite number from 0 on", lambda x: 0.0 <= x < math.inf
POSITIVE: Rule = "a finite number above 0", lambda x: 0.0 < x < math.inf
FRACTION: Rule = "a number from 0 on and below 1", lambda x: 0.0 <= x < 1.0
LIMIT: Rule = "a number from 0 on", lambda x: x >= 0.0


def checked(name: str, given: Any, rule: Rule) -> float:
    """A setting as a float; ValueError where it breaks the rule, TypeError where it is no number."""
    wanted, holds = rule
    try:
        number: float = Value(given).data
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
    if not holds(number):
        raise ValueError(f"{name}: expected {wanted}, got {given!r}")
    return number
