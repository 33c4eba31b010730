"""What pays for layers, by measurements: loops or code written out, which layout in memory, how many threads."""

import os

from autograd.compiler.layers import Layers

FEWEST, A_SAMPLE, ENOUGH = 50, 5, 500
"""Parameters: fewer are written out; so many for every sample of a step, or so many in all, go in loops."""


def pays(n_parameters: int, batch: int) -> bool:
    """Whether layers are better done in loops than written out.

    Loops fill their registers with units or inputs, code that is written out with samples, whose
    parameters it reads once for as many as there are lanes. Measured with 8 lanes, how many times
    as long as loops written-out code takes:

        parameters    batch 1    10     32     100    300
            17         0.7      1.0    0.6
            41         1.3      1.1    0.7
           105         5        1.8    1.1     0.9
           337         4        2.3    1.3     1.05   1.0
           697         9        2.8    1.6     1.4
         1,185        20        3.4    2.0     1.7

    More between the layers changes that little: a recurrent net of 331 parameters has 5, 2.2, 1.3 and
    1.5 at batches of 1 to 100, one of 496 with a softmax between its layers 3, 1.3, 1.1 and 0.95.
    """
    return n_parameters >= max(FEWEST, min(A_SAMPLE * batch, ENOUGH))


WEIGHTS, A_STEP, UNITS = 30_000, 500_000, 32
"""What a thread must have for itself: weights, these times the samples of a step, units of the largest layer."""


def workers(layers: Layers, batch: int, threads: int) -> int:
    """How many of so many threads are worth it, on the cores that there are.

    About ten times in a step they wait for one another, and in every sample the numbers of one
    thread lie beside those of the next, so that the cores take them from one another. Measured with
    two cores of a virtual machine, 0.2 µs from one to the other, the time with two threads beside that
    with one; at other times, when they were closer together, 0.55 to 0.65 for the last three at 100:

        layers           weights    batch 10     100    1,000
        2-64-64-1          4,288       5.1       2.0     1.9
        2-128-128-1       16,768                 1.2     1.1
        2-256-256-1       66,304                 0.85    0.80
        784-100-10        79,400       0.82      0.78    0.78
        784-300-10       238,200       0.74      0.64    0.64
    """
    sizes = [layer.n_units * layer.n_inputs for layer in layers.layers]
    units = layers.layers[sizes.index(max(sizes))].n_units
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    weights = sum(sizes)
    return max(1, min(threads, cores, weights // WEIGHTS, weights * batch // A_STEP, units // UNITS))


ZEROS_FOR_ONE, ZEROS_FOR_MORE = 1.125, 1.25
"""How many times as many weights, with zeros, the first layer may be by input: for one sample a step, for more."""


def lies_by_input(inputs: int, units: int, lanes: int, first: bool, samples: int) -> bool:
    """Whether a row of a layer's matrix has the weights of all units for an input, or those of a unit for all inputs.

    Rows are filled up with zeros, which are multiplied in vain. Where a row is multiplied by what goes
    in or by δ and added up, the sum is taken across lanes: forward by unit, back by input. The first
    layer goes forward only and has no such sums by input, and its weights are read once for more
    samples; measured, how many times as long it takes by unit:

        inputs x units (zeros by input)    batch 1     10     100
        100 x 10       (1.5 times)          0.67      0.88    0.89
        100 x 30       (1.03)               0.89      1.04    1.05
        784 x 10       (1.6)                0.58      0.96    0.98
        784 x 17       (1.4)                0.75      1.04    1.05
        784 x 33       (1.2)                0.80      1.23    1.29
        784 x 30       (1.06)               1.05      1.44    1.47
        784 x 100      (1.03)               1.04      1.40    1.44
    """
    wide, high = inputs * filled(units, lanes), units * filled(inputs, lanes)
    if first:
        return wide <= high * (ZEROS_FOR_ONE if samples == 1 else ZEROS_FOR_MORE)
    return wide + lanes * inputs <= high + lanes * units


def filled(n: int, lanes: int) -> int:
    """n, and as many more as fill the last register."""
    return -(-n // lanes) * lanes
