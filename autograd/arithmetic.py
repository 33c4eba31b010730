"""Python's operators and the method spellings of the operations, shared by every kind of operand."""

from typing import Any, Self

from autograd import ops
from autograd.primitive import Primitive


class Arithmetic:
    """What a kind of number gets by having `apply`: operators, methods, and NumPy's functions."""

    __slots__ = ()

    @classmethod
    def apply(cls, op: Primitive, args: tuple[Any, ...]) -> Self:
        """The result of `op` at `args`, of this kind; NotImplemented for arguments of another kind."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Self:
        return self.apply(ops.add, (self, other))

    def __radd__(self, other: Any) -> Self:
        return self.apply(ops.add, (other, self))

    def __sub__(self, other: Any) -> Self:
        return self.apply(ops.sub, (self, other))

    def __rsub__(self, other: Any) -> Self:
        return self.apply(ops.sub, (other, self))

    def __mul__(self, other: Any) -> Self:
        return self.apply(ops.mul, (self, other))

    def __rmul__(self, other: Any) -> Self:
        return self.apply(ops.mul, (other, self))

    def __truediv__(self, other: Any) -> Self:
        return self.apply(ops.div, (self, other))

    def __rtruediv__(self, other: Any) -> Self:
        return self.apply(ops.div, (other, self))

    def __pow__(self, other: Any) -> Self:
        return self.apply(ops.power, (self, other))

    def __rpow__(self, other: Any) -> Self:
        return self.apply(ops.power, (other, self))

    def __neg__(self) -> Self:
        return self.apply(ops.neg, (self,))

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return self.apply(ops.absolute, (self,))

    def exp(self) -> Self:
        """e to this power."""
        return self.apply(ops.exp, (self,))

    def expm1(self) -> Self:
        """e to this power, minus 1, exact near 0 too."""
        return self.apply(ops.expm1, (self,))

    def log(self) -> Self:
        """The natural logarithm."""
        return self.apply(ops.log, (self,))

    def log1p(self) -> Self:
        """The natural logarithm of 1 + this, exact near 0 too."""
        return self.apply(ops.log1p, (self,))

    def sqrt(self) -> Self:
        """The square root."""
        return self.apply(ops.sqrt, (self,))

    def sin(self) -> Self:
        """The sine, of radians."""
        return self.apply(ops.sin, (self,))

    def cos(self) -> Self:
        """The cosine, of radians."""
        return self.apply(ops.cos, (self,))

    def tan(self) -> Self:
        """The tangent, of radians."""
        return self.apply(ops.tan, (self,))

    def asin(self) -> Self:
        """The angle whose sine this is, in radians."""
        return self.apply(ops.asin, (self,))

    def acos(self) -> Self:
        """The angle whose cosine this is, in radians."""
        return self.apply(ops.acos, (self,))

    def atan(self) -> Self:
        """The angle whose tangent this is, in radians."""
        return self.apply(ops.atan, (self,))

    def sinh(self) -> Self:
        """The hyperbolic sine."""
        return self.apply(ops.sinh, (self,))

    def cosh(self) -> Self:
        """The hyperbolic cosine."""
        return self.apply(ops.cosh, (self,))

    def tanh(self) -> Self:
        """The hyperbolic tangent."""
        return self.apply(ops.tanh, (self,))

    def erf(self) -> Self:
        """The error function."""
        return self.apply(ops.erf, (self,))

    def sigmoid(self) -> Self:
        """1/(1 + e⁻ˣ)."""
        return self.apply(ops.sigmoid, (self,))

    def softplus(self) -> Self:
        """ln(1 + eˣ), without overflow."""
        return self.apply(ops.softplus, (self,))

    def relu(self) -> Self:
        """max(0, x); slope 0 at the kink."""
        return self.apply(ops.relu, (self,))

    def leaky_relu(self, slope: Any = 0.01) -> Self:
        """x where x > 0, else slope · x."""
        return self.apply(ops.leaky_relu, (self, slope))

    def conjugate(self) -> Self:
        """Itself, as it is real; NumPy's `var`, `vdot` and `norm` ask for it."""
        return self

    # NumPy: object arrays call the methods above, and these spellings are the ones it looks for.
    arcsin, arccos, arctan = asin, acos, atan
