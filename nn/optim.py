"""Optimisers: from the gradients of the parameters to their next values."""

from collections.abc import Iterable

from autograd import Value


class SGD:
    """Gradient descent, p ← p - lr · ∂L/∂p, for every parameter p.

    >>> w = Value(1.0, "w")
    >>> optimizer = SGD([w], lr=0.1)
    >>> ((w - 3.0) ** 2).backward()
    >>> optimizer.step()
    >>> w.data
    1.4
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = list(parameters)
        if not self.parameters or not all(isinstance(p, Value) for p in self.parameters):
            raise TypeError("expected a list of at least one Value, such as model.parameters()")
        self.lr = Value(lr).data

    def step(self) -> None:
        """Move every parameter one step down its gradient."""
        lr = self.lr
        for p in self.parameters:
            p.data -= lr * p.grad

    def zero_grad(self) -> None:
        """Forget the gradients, before the next `backward()`."""
        for p in self.parameters:
            p.zero_grad()
