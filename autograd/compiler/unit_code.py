"""What goes into a layer as LLVM code, unit by unit: one function of operands side by side, and its slopes."""

from autograd.compiler.between import Run, with_slopes
from autograd.compiler.costs import filled
from autograd.compiler.matrices import Memory, Piece, Stage, Table
from autograd.compiler.nest import Nest
from autograd.compiler.sections import results_of


def put_in(code: Nest, memory: Memory, stage: Stage) -> None:
    """What goes into a layer, of every sample, and its slopes; with straight-line code only what stands behind that."""
    columns = memory.layers.kinds[1]
    runs = [piece.run for piece in stage.pieces or ()]
    within = all(run.start + filled(run.n, code.lanes) <= stage.given.width for run in runs)
    with code.samples(within) as s:
        given = _of(code, stage.given, s.index)
        for piece in stage.pieces or ():
            own, first = code.at(given, piece.run.start), next(iter(piece.run.operands), -1)
            if first in columns:
                copied(code, code.at(row(code, memory, s.index), first - columns.start), own, piece.run.n)
            else:
                _computed(code, memory, piece, s.index, own)
        filled_up(code, given, stage)


def row(code: Nest, memory: Memory, index: str) -> str:
    """The address of the row of a sample."""
    at = code.result(f"load i64, ptr {code.emit(f'getelementptr i64, ptr %order, i64 {index}')}, align 8")
    return code.at("%data", code.times(at, len(memory.layers.kinds[1])))


def copied(code: Nest, row: str, own: str, n: int) -> None:
    """n numbers."""
    whole = n // code.lanes * code.lanes
    if whole:
        with code.loop(whole, code.lanes) as k:
            code.store(code.load(code.at(row, k.index)), code.at(own, k.index))
    for j in range(whole, n):
        number = code.result(f"load double, ptr {code.at(row, j)}, align 8")
        code.do(f"store double {number}, ptr {code.at(own, j)}, align 8")


def filled_up(code: Nest, own: str, stage: Stage) -> None:
    """Behind the numbers that go into a layer, what stands beside the weight that is added, and zeros."""
    for k in range(stage.layer.n_inputs, stage.given.width):
        number = 1.0 if k == stage.layer.n_inputs and stage.layer.biases else 0.0
        code.do(f"store double {number}, ptr {code.at(own, k)}, align 8")


def _computed(code: Nest, memory: Memory, piece: Piece, sample: str, own: str) -> None:
    """A function of operands side by side, and its slopes, which are 0 beyond the last."""
    run, slopes = piece
    wanted = [k for k, table in enumerate(slopes) if table is not None]
    tables = [table for table in slopes if table is not None]
    operands = [_operand(code, memory, x, sample) for x in run.operands]
    places = [own, *(_of(code, table, sample) for table in tables)]
    function = with_slopes(run.function, wanted)
    with code.loop(run.n, code.lanes) as j:
        numbers = [code.load(code.at(operand, j.index)) for operand in operands]
        for result, place in zip(results_of(code, function, numbers), places, strict=True):
            code.store(result, code.at(place, j.index))
    for place in places[1:]:
        for k in range(run.n, filled(run.n + 1, code.lanes)):
            code.do(f"store double 0.0, ptr {code.at(place, k)}, align 8")


def _operand(code: Nest, memory: Memory, place: int, sample: str) -> str:
    """The address of an operand of a sample."""
    found = memory.sums_of(place)
    if found is None:
        return code.at("%params", memory.outside[place])
    return code.at(_of(code, found[0].z, sample), found[1])


def _of(code: Nest, table: Table, sample: str) -> str:
    return code.at(code.at("%work", code.times(sample, table.width)), table.start)


def give_back(code: Nest, memory: Memory, stage: Stage, slopes: int) -> None:
    """From the slopes of the loss in what goes into a layer those in the operands, added to what is there."""
    assert stage.pieces is not None and stage.returned is not None
    homes = [(memory.sums_of(place), run) for run, _ in stage.pieces for place in run.operands]
    # One thread has a sample for all operands: where they lie side by side, a register reaches from one into the next.
    within = all(home is None or home[1] + filled(run.n, code.lanes) <= home[0].delta.width for home, run in homes)
    for run, tables in stage.pieces:
        for place, table in zip(run.operands, tables, strict=True):
            if table is None:
                continue
            found = memory.sums_of(place)
            if found is None:
                with code.share(1):
                    _into_parameters(code, stage.returned, run, table, slopes + memory.outside[place])
                continue
            with code.samples(within) as s:
                a, b = code.at(_of(code, stage.returned, s.index), run.start), _of(code, table, s.index)
                own = code.at(_of(code, found[0].delta, s.index), found[1])
                with code.loop(run.n, code.lanes) as j:
                    at = code.at(own, j.index)
                    code.store(code.load(at) + code.load(code.at(a, j.index)) * code.load(code.at(b, j.index)), at)


def _into_parameters(code: Nest, returned: Table, run: Run, table: Table, start: int) -> None:
    """The same for parameters, whose slopes are sums over the samples."""
    with code.loop(run.n, code.lanes) as j:
        at = code.at(code.at("%work", j.index), start)
        with code.loop("%count", 1, [code.load(at)]) as s:
            a = code.load(code.at(code.at(_of(code, returned, s.index), run.start), j.index))
            s.after = [s.carried[0] + a * code.load(code.at(_of(code, table, s.index), j.index))]
        code.store(s.after[0], at)
