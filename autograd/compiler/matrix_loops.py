"""Three loop nests over a matrix and the samples, which are all that a layer needs: forward, back, gradient.

Registers hold a block of results, as many as there are registers for, while what they are made of passes by.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from autograd.compiler.lanes import Lanes
from autograd.compiler.matrices import Matrix, Stage, Table
from autograd.compiler.nest import Loop, Nest
from autograd.compiler.row_sums import across

Begin = Callable[[str, Sequence[int]], list[Lanes]]
"""From an address among the matrices, and offsets behind it, to what the sums there begin with."""

End = Callable[[Lanes, str, int], None]
"""Does with the sums at an address and an offset what is to be done."""


def combined(
    code: Nest, samples: int, given: Table, matrix: Matrix, out: Table, factor: Table | None, biased: bool
) -> None:
    """out[s] = Σₖ given[s, k] · matrix[k], times the factor where one is given; so many samples at a time.

    What lies in the data has no 1 behind it: where the matrix is `biased`, its last row is what is begun with.
    """
    lanes = code.lanes
    for piece in _pieces(matrix.width // lanes, max(1, _room(lanes) // samples)):
        width = piece.size
        with _shared(code, piece) as b, code.loop("%count", samples) as s:
            register = code.emit(f"add i64 {code.times(b.index, width)}, {piece.first}")
            block = code.at(code.at("%params", matrix.start), code.times(register, matrix.right))
            own = [_row(code, given, code.emit(f"add i64 {s.index}, {i}")) for i in range(samples)]
            begin, rows = code.zeros(samples * width), matrix.rows
            if given.elsewhere and biased:
                rows -= 1
                last = code.at(block, rows * matrix.down)
                begin = [code.load(code.at(last, j * matrix.right)) for j in range(width)] * samples
            with code.loop(rows, 1, begin) as k:
                row = code.at(block, code.times(k.index, matrix.down))
                weights = [code.load(code.at(row, j * matrix.right)) for j in range(width)]
                numbers = [code.spread(code.at(one, k.index)) for one in own]
                k.after = code.added(k.carried, numbers, weights)
            column = code.times(register, lanes)
            for i in range(samples):
                place = code.times(code.emit(f"add i64 {s.index}, {i}"), out.width)
                place = code.at(code.at("%work", place), column)
                for j, sums in enumerate(k.after[i * width : (i + 1) * width]):
                    _put(code, sums, place, out, factor, j * lanes)


def dotted(
    code: Nest, samples: int, given: Table, matrix: Matrix, out: Table, factor: Table | None, rows: int
) -> None:
    """out[s, k] = Σⱼ given[s, j] · matrix[k, j] for so many rows k, times the factor where one is given."""
    lanes = code.lanes
    for piece in _pieces(rows, lanes):
        height = piece.size
        n = min(samples, max(1, _room(lanes) // height - 1))
        with _shared(code, piece) as b, code.loop("%count", n) as s:
            row = code.emit(f"add i64 {code.times(b.index, height)}, {piece.first}")
            block = code.at(code.at("%params", matrix.start), code.times(row, matrix.down))
            own = code.at(code.at("%work", given.start), code.times(s.index, given.width))
            with code.loop(matrix.width // lanes, 1, code.zeros(n * height)) as j:
                here = code.at(block, code.times(j.index, matrix.right))
                there = code.at(own, code.times(j.index, lanes))
                weights = [code.load(code.at(here, k * matrix.down)) for k in range(height)]
                numbers = [code.load(code.at(there, i * given.width)) for i in range(n)]
                j.after = code.added(j.carried, numbers, weights)
            for i in range(n):
                parts = [one.register for one in j.after[i * height : (i + 1) * height]]
                parts += [code.number(0.0).register] * (lanes - height)
                place = code.times(code.emit(f"add i64 {s.index}, {i}"), out.width)
                place = code.at(code.at("%work", place), row)
                _put(code, Lanes(code, across(code, parts)), place, out, factor, 0, height)


def gradient(code: Nest, stage: Stage, begin: Begin, end: End) -> None:
    """Σₛ a[s, k] · b[s, j] for every weight: a and b are what goes in and δ, or the reverse, as the matrix lies.

    A thread has those weights that it reads on the way forward: they stay in the cache of its core.
    """
    matrix, lanes = stage.matrix, code.lanes
    a, b = (stage.given, stage.delta) if matrix.by_input else (stage.delta, stage.given)
    biased = a.elsewhere and bool(stage.layer.biases)  # the last row belongs to a 1 that is not in the data
    last = Piece(matrix.rows - 1, 1, 1)
    for right in _pieces(matrix.width // lanes, 4):
        width = right.size
        blocks = [(piece, False) for piece in _pieces(matrix.rows - biased, max(1, _room(lanes) // width))]
        for down, ones in [*blocks, *[(last, True)] * biased]:
            height = down.size
            pieces = (right, down) if matrix.by_input else (down, right)
            with _shared(code, pieces[0]) as outer, code.loop(pieces[1].blocks) as inner:
                r, c = (inner, outer) if matrix.by_input else (outer, inner)
                row = code.emit(f"add i64 {code.times(r.index, height)}, {down.first}")
                register = code.emit(f"add i64 {code.times(c.index, width)}, {right.first}")
                place = code.emit(f"add i64 {code.times(row, matrix.down)}, {code.times(register, matrix.right)}")
                block = code.at(code.at("%work", b.start), code.times(register, lanes))
                offsets = [
                    matrix.start + i * matrix.down + j * matrix.right for i in range(height) for j in range(width)
                ]
                with code.loop("%count", 1, begin(place, offsets)) as s:
                    ours = "" if ones else code.at(_row(code, a, s.index), row)
                    theirs = code.at(block, code.times(s.index, b.width))
                    lefts = [code.number(1.0) if ones else code.spread(code.at(ours, i)) for i in range(height)]
                    rights = [code.load(code.at(theirs, j * lanes)) for j in range(width)]
                    s.after = code.added(s.carried, lefts, rights)
                for slopes, offset in zip(s.after, offsets, strict=True):
                    end(slopes, place, offset)


def _row(code: Nest, table: Table, index: str) -> str:
    """The address of the numbers of a sample."""
    place = code.at(code.at("%work", table.start), code.times(index, table.width))
    return code.result(f"load ptr, ptr {place}, align 8") if table.elsewhere else place


def _put(
    code: Nest, sums: Lanes, place: str, out: Table, factor: Table | None, offset: int, lanes: int | None = None
) -> None:
    if factor is not None:
        sums = sums * code.load(code.at(place, factor.start + offset))
    code.store(sums, code.at(place, out.start + offset), lanes)


def _room(lanes: int) -> int:
    """How many sums are held in registers, of which there are 32 where they are wide, else 16."""
    return 24 if lanes == 8 else 12


def together(n: int, lanes: int) -> int:
    """How many of n samples go through a matrix together, such that few places stay empty in the last turn."""
    most = min(n, 6 if lanes == 8 else 4)
    return min(range(most, 0, -1), key=lambda size: (-(-n // size) * size) * (1.0 + 1.0 / size))


class Piece(NamedTuple):
    """Blocks of one size: where they begin, how many; before them others of `total` in all."""

    first: int
    blocks: int
    size: int
    before: int = 0
    total: int = 1


def _pieces(n: int, most: int) -> Iterator[Piece]:
    """n as few blocks of nearly one size, the larger ones first."""
    blocks = -(-n // most)
    size = -(-n // blocks)
    larger = n - (size - 1) * blocks
    yield Piece(0, larger, size, 0, blocks)
    if larger < blocks:
        yield Piece(larger * size, blocks - larger, size - 1, larger, blocks)


@contextmanager
def _shared(code: Nest, piece: Piece) -> Iterator[Loop]:
    """Those blocks of a piece that are for this thread, one after the other."""
    with code.share(piece.blocks, piece.before, piece.total) as (first, stop), code.loop(stop, start=first) as b:
        yield b
