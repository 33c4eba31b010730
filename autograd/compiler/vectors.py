"""The transcendental operations on `Lanes`, a register at a time: `FUNCTIONS`, by operation.

The worst errors found against 50 digits, in units of the last digit, at about 25,000 points each that
cover the whole range of doubles, denormal results too:

    exp    0.99    log      0.77    sigmoid   2.36    sin  1.16    atan  1.83
    expm1  2.07    log1p    1.34    tanh      2.85    cos  1.07    asin  1.67
    sinh   2.36    power    1.19    softplus  1.57    tan  2.10    acos  1.08
    cosh   1.33    x**-3.0  3.18    erf       1.15

A result does not depend on the number of lanes, nor on its neighbours. It may differ in its last
digit on a processor that cannot multiply and add in one step. What is infinite or nan for C's
library is so here; sine, cosine and tangent of 2²⁰ and more, and powers that are not those of a
positive number or leave the middle of the range, are left to that library.
"""

from autograd import ops
from autograd.compiler import circular, exponentials, powers
from autograd.compiler.lanes import Lowering
from autograd.primitive import Primitive

FUNCTIONS: dict[Primitive, Lowering] = {
    ops.exp: exponentials.exp,
    ops.expm1: exponentials.expm1,
    ops.log: exponentials.log,
    ops.log1p: exponentials.log1p,
    ops.sigmoid: exponentials.sigmoid,
    ops.softplus: exponentials.softplus,
    ops.tanh: exponentials.tanh,
    ops.sinh: exponentials.sinh,
    ops.cosh: exponentials.cosh,
    ops.erf: exponentials.erf,
    ops.sin: circular.sin,
    ops.cos: circular.cos,
    ops.tan: circular.tan,
    ops.power: powers.power,
    ops.atan: circular.atan,
    ops.asin: circular.asin,
    ops.acos: circular.acos,
}
"""What takes the place of calls of C's mathematical library, one lane after the other."""
