"""Three loop nests over a matrix and the samples, which are all that a layer needs: forward, back, gradient.

Registers hold a block of results, as many as there are registers for, while what they are made of passes by.
"""

from collections.abc import Callable, Iterator, Sequence

from autograd.compiler.lanes import Lanes
from autograd.compiler.matrices import Matrix, Stage, Table
from autograd.compiler.nest import Nest
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
    for first, blocks, width in _pieces(matrix.width // lanes, max(1, _room(lanes) // samples)):
        with code.loop(blocks) as b, code.loop("%count", samples) as s:
            column = code.emit(f"add i64 {code.times(b.index, width * lanes)}, {first * lanes}")
            block = code.at(code.at("%params", matrix.start), column)
            own = [_row(code, given, code.emit(f"add i64 {s.index}, {i}")) for i in range(samples)]
            begin, rows = code.zeros(samples * width), matrix.rows
            if given.elsewhere and biased:
                rows -= 1
                last = code.at(block, rows * matrix.width)
                begin = [code.load(code.at(last, j * lanes)) for j in range(width)] * samples
            with code.loop(rows, 1, begin) as k:
                row = code.at(block, code.times(k.index, matrix.width))
                weights = [code.load(code.at(row, j * lanes)) for j in range(width)]
                numbers = [code.spread(code.at(one, k.index)) for one in own]
                k.after = code.added(k.carried, numbers, weights)
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
    for first, blocks, height in _pieces(rows, lanes):
        n = min(samples, max(1, _room(lanes) // height - 1))
        with code.loop(blocks) as b, code.loop("%count", n) as s:
            row = code.emit(f"add i64 {code.times(b.index, height)}, {first}")
            block = code.at(code.at("%params", matrix.start), code.times(row, matrix.width))
            own = code.at(code.at("%work", given.start), code.times(s.index, given.width))
            with code.loop(matrix.width, lanes, code.zeros(n * height)) as j:
                here = code.at(block, j.index)
                weights = [code.load(code.at(here, k * matrix.width)) for k in range(height)]
                numbers = [code.load(code.at(code.at(own, j.index), i * given.width)) for i in range(n)]
                j.after = code.added(j.carried, numbers, weights)
            for i in range(n):
                parts = [one.register for one in j.after[i * height : (i + 1) * height]]
                parts += [code.number(0.0).register] * (lanes - height)
                place = code.times(code.emit(f"add i64 {s.index}, {i}"), out.width)
                place = code.at(code.at("%work", place), row)
                _put(code, Lanes(code, across(code, parts)), place, out, factor, 0)


def gradient(code: Nest, stage: Stage, begin: Begin, end: End) -> None:
    """Σₛ a[s, k] · b[s, j] for every weight: a and b are what goes in and δ, or the reverse, as the matrix lies."""
    matrix, lanes = stage.matrix, code.lanes
    a, b = (stage.given, stage.delta) if matrix.by_input else (stage.delta, stage.given)
    biased = a.elsewhere and bool(stage.layer.biases)  # the last row belongs to a 1 that is not in the data
    for first_column, columns, width in _pieces(matrix.width // lanes, 4):
        blocks = [(*piece, False) for piece in _pieces(matrix.rows - biased, max(1, _room(lanes) // width))]
        blocks += [(matrix.rows - 1, 1, 1, True)] if biased else []
        for first_row, rows, height, ones in blocks:
            with code.loop(rows) as r, code.loop(columns) as c:
                row = code.emit(f"add i64 {code.times(r.index, height)}, {first_row}")
                column = code.emit(f"add i64 {code.times(c.index, width * lanes)}, {first_column * lanes}")
                place = code.emit(f"add i64 {code.times(row, matrix.width)}, {column}")
                right = code.at(code.at("%work", b.start), column)
                offsets = [matrix.start + i * matrix.width + j * lanes for i in range(height) for j in range(width)]
                with code.loop("%count", 1, begin(place, offsets)) as s:
                    ours = "" if ones else code.at(_row(code, a, s.index), row)
                    theirs = code.at(right, code.times(s.index, b.width))
                    lefts = [code.number(1.0) if ones else code.spread(code.at(ours, i)) for i in range(height)]
                    rights = [code.load(code.at(theirs, j * lanes)) for j in range(width)]
                    s.after = code.added(s.carried, lefts, rights)
                for slopes, offset in zip(s.after, offsets, strict=True):
                    end(slopes, place, offset)


def _row(code: Nest, table: Table, index: str) -> str:
    """The address of the numbers of a sample."""
    place = code.at(code.at("%work", table.start), code.times(index, table.width))
    return code.result(f"load ptr, ptr {place}, align 8") if table.elsewhere else place


def _put(code: Nest, sums: Lanes, place: str, out: Table, factor: Table | None, offset: int) -> None:
    if factor is not None:
        sums = sums * code.load(code.at(place, factor.start + offset))
    code.store(sums, code.at(place, out.start + offset))


def _room(lanes: int) -> int:
    """How many sums are held in registers, of which there are 32 where they are wide, else 16."""
    return 24 if lanes == 8 else 12


def together(n: int, lanes: int) -> int:
    """How many of n samples go through a matrix together, such that few places stay empty in the last turn."""
    most = min(n, 6 if lanes == 8 else 4)
    return min(range(most, 0, -1), key=lambda size: (-(-n // size) * size) * (1.0 + 1.0 / size))


def _pieces(n: int, most: int) -> Iterator[tuple[int, int, int]]:
    """n as few blocks of nearly one size: where the larger ones begin, how many, of which size; and the smaller."""
    blocks = -(-n // most)
    size = -(-n // blocks)
    larger = n - (size - 1) * blocks
    yield 0, larger, size
    if larger < blocks:
        yield larger * size, blocks - larger, size - 1
