"""Stand-ins for what only looks at numbers: plotting, progress bars, windows. They accept everything and do nothing."""

import types
from collections.abc import Iterator
from typing import Any, Final

OBSERVERS: Final = frozenset(
    [
        "matplotlib",
        "mpl_toolkits",
        "seaborn",
        "plotly",
        "bokeh",
        "altair",
        "tqdm",
        "joblib",
        "IPython",
        "tkinter",
        "turtle",
        "pygame",
        "wandb",
        "google",
        "tensorboard",
        "tensorboardX",
        "graphviz",
        "networkx",
        "pylab",
        "celluloid",
        "ipywidgets",
        "rich",
        "colorama",
        "termcolor",
        "mlflow",
        "visdom",
        "sns",
        "pyglet",
        "gym",
        "gymnasium",
        "turtle",
        "psutil",
        "tabulate",
        "prettytable",
        "torchviz",
        "emoji",
        "colorful",
    ]
)
"""Modules whose results do not matter for gradients."""


class Anything(types.ModuleType):
    """An object that has every attribute, can be called, indexed, unpacked and calculated with, to no effect."""

    def __init__(self, name: str = "anything", many: int = 2) -> None:
        super().__init__(name)
        self.__dict__["_many"] = many
        self.__dict__["__path__"] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Anything(f"{self.__name__}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Another one; of `subplots` a figure and its axes."""
        if self.__name__.rpartition(".")[2] == "subplots":
            return subplots(*args, **named)
        return Anything(self.__name__)

    def __getitem__(self, key: Any) -> Any:
        return Anything(self.__name__)

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __delitem__(self, key: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter([Anything(self.__name__) for _ in range(self._many)])

    def __len__(self) -> int:
        return int(self._many)

    def __contains__(self, x: Any) -> bool:
        return False

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def __array__(self, *args: Any, **named: Any) -> Any:
        from autograd.programs import made_up

        return made_up.images(1)[0][0]  # a picture, for what reads one

    def __int__(self) -> int:
        return 1

    def __float__(self) -> float:
        return 1.0

    def __index__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return f"<stand-in for {self.__name__}>"

    def _same(self, *others: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __pow__ = __neg__ = __abs__ = __mod__ = __floordiv__ = __or__ = __and__ = _same

    def __lt__(self, other: Any) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__


def subplots(rows: int = 1, columns: int = 1, *args: Any, **named: Any) -> tuple[Any, Any]:
    """`plt.subplots`: a figure, and as many axes as were asked for, in their shape."""
    import numpy as np

    rows, columns = named.get("nrows", rows), named.get("ncols", columns)
    axes = np.empty((rows, columns), dtype=object)
    for at in np.ndindex(rows, columns):
        axes[at] = Anything("axes")
    squeezed = axes.squeeze() if named.get("squeeze", True) else axes
    return Anything("figure"), squeezed if squeezed.shape else squeezed.item()


class Bar:
    """`tqdm(xs)`: its iterable; everything else of a progress bar does nothing."""

    def __init__(self, xs: Any = (), *args: Any, **named: Any) -> None:
        self._xs = xs if xs is not None else range(int(named.get("total") or 0))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._xs)

    def __len__(self) -> int:
        return len(self._xs)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return Anything(name)

    @staticmethod
    def write(*args: Any, **named: Any) -> None:
        """Write a line: nothing."""

    pandas = set_lock = get_lock = write


def bars(name: str) -> Any:
    """`tqdm` and its submodules."""
    found = Anything(name)
    found.tqdm = found.tqdm_notebook = Bar
    found.trange = found.tnrange = lambda *args, **named: Bar(range(*args))
    return found


def observer(name: str) -> Any:
    """What `import name` gives."""
    first = name.partition(".")[0]
    if first == "tqdm":
        module = bars(name)
        for part in ("auto", "notebook", "autonotebook", "std"):
            setattr(module, part, bars(f"{name}.{part}"))
        return module
    found = Anything(name)
    if first == "matplotlib" or first == "pylab":
        found.rcParams = {}
    return found
