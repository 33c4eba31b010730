"""Modules that fetch or prepare data: themselves where they are installed, else the few of their members in use."""

import importlib
import io
import types
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from autograd.programs import made_up
from autograd.programs.arrays import adopt, plain, source
from autograd.programs.modules import Adopting, Module, adopting
from autograd.programs.observers import Anything


def real_module(name: str) -> Any:
    """The module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


class Bunch(dict[str, Any]):
    """A dictionary whose items are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


# ---------------------------------------------------------------- scikit-learn

DATASETS: Final = {
    "iris": (150, 4, 3), "wine": (178, 13, 3), "breast_cancer": (569, 30, 2), "digits": (300, 64, 10),
    "diabetes": (442, 10, 0), "boston": (506, 13, 0), "linnerud": (20, 3, 0), "california_housing": (500, 8, 0),
}  # fmt: skip
"""Samples, features and classes; 0 for a number to be predicted."""


def dataset(name: str, notes: list[str]) -> Callable[..., Any]:
    """`load_iris` and its kind, made up."""

    def load(*args: Any, return_X_y: bool = False, **named: Any) -> Any:  # noqa: N803
        made_up.note(notes, f"the data set {name} was made up: scikit-learn's own was not at hand")
        n, features, classes = DATASETS.get(name, (300, 784, 10))
        x, y = made_up.samples(n, features, max(classes, 2))
        if name == "digits":
            x = np.round(np.clip(x + 8, 0, 16))
        target: Any = y if classes else np.round(x @ made_up.generator(1).normal(size=features) * 10 + 150, 1)
        x, target = adopt(x), adopt(target)
        names = [f"feature {k}" for k in range(features)]
        labels = np.array([f"class {k}" for k in range(classes)])
        found = Bunch(data=x, target=target, feature_names=names, target_names=labels, images=x, DESCR="", frame=None)
        return (x, target) if return_X_y else found

    return load


def openml(notes: list[str]) -> Callable[..., Any]:
    """`fetch_openml`, which would need the network."""

    def fetch(name: str = "mnist_784", *args: Any, return_X_y: bool = False, **named: Any) -> Any:  # noqa: N803
        made_up.note(notes, f"the data set {name} was made up: there is no network")
        pictures, y = made_up.images(300)
        x, target = adopt(pictures.reshape(300, -1).astype(float)), np.array([str(k) for k in y])
        return (x, target) if return_X_y else Bunch(data=x, target=target, frame=None)

    return fetch


def clouds(features: int = 2, classes: int = 2) -> Callable[..., Any]:
    """`make_moons` and its kind."""

    def make(
        n_samples: Any = 100, *args: Any, n_features: int = features, centers: Any = None, n_classes: int = classes,
        **named: Any,
    ) -> Any:  # fmt: skip
        n = n_samples if isinstance(n_samples, int) else sum(n_samples)
        x, y = made_up.samples(n, n_features, centers if isinstance(centers, int) else n_classes)
        return adopt(x), adopt(y)

    return make


def regression(n_samples: int = 100, n_features: int = 100, *args: Any, **named: Any) -> Any:
    """`make_regression`."""
    x, _ = made_up.samples(n_samples, n_features)
    return adopt(x), adopt(x @ made_up.generator(1).normal(size=n_features) * 20)


def split(*arrays: Any, test_size: Any = None, train_size: Any = None, random_state: Any = None, shuffle: bool = True,
          **named: Any) -> list[Any]:  # fmt: skip
    """`train_test_split`."""
    n = len(arrays[0])
    share = test_size if test_size is not None else 0.25 if train_size is None else 1 - train_size
    tests = int(np.ceil(share * n)) if isinstance(share, float) else int(share)
    order = _generator(random_state).permutation(n) if shuffle else np.roll(np.arange(n), tests)
    parts = (order[tests:], order[:tests])
    return [
        [x[i] for i in rows] if type(x) is list else x.iloc[rows] if hasattr(x, "iloc") else x[rows]
        for x in arrays
        for rows in parts
    ]


class Scaler:
    """`StandardScaler` and `MinMaxScaler`: (x - centre)/width, column by column."""

    def __init__(self, centre: Callable[[Any], Any], width: Callable[[Any], Any]) -> None:
        self._centre, self._width = centre, width

    def fit(self, x: Any, y: Any = None) -> Any:
        """Find centre and width."""
        x = np.asarray(plain(x), dtype=float)
        self.mean_ = self._centre(x)
        width = self._width(x)
        self.scale_ = np.where(width == 0, 1.0, width)
        return self

    def transform(self, x: Any) -> Any:
        """The scaled numbers."""
        return adopt((np.asarray(plain(x), dtype=float) - self.mean_) / self.scale_)

    def inverse_transform(self, x: Any) -> Any:
        """The numbers before scaling."""
        return x * source(self.scale_) + source(self.mean_)

    def fit_transform(self, x: Any, y: Any = None) -> Any:
        """Both."""
        return self.fit(x).transform(x)


class Encoder:
    """`LabelEncoder`, `OneHotEncoder`, `LabelBinarizer`: classes as numbers or as rows with a single 1."""

    def __init__(self, rows: bool, sparse: bool = False) -> None:
        self._rows, self._sparse = rows, sparse

    def fit(self, x: Any, y: Any = None) -> Any:
        """Find the classes."""
        self.classes_ = np.unique(np.asarray(plain(x)))
        self.categories_ = [self.classes_]
        return self

    def transform(self, x: Any) -> Any:
        """The numbers."""
        at = np.searchsorted(self.classes_, np.asarray(plain(x)).ravel())
        if not self._rows:
            return adopt(at)
        found = adopt(np.eye(len(self.classes_))[at])
        return Bunch(toarray=lambda: found, todense=lambda: found, shape=found.shape) if self._sparse else found

    def inverse_transform(self, x: Any) -> Any:
        """The classes."""
        x = np.asarray(plain(x))
        return self.classes_[x.argmax(1) if x.ndim > 1 else x]

    def fit_transform(self, x: Any, y: Any = None) -> Any:
        """Both."""
        return self.fit(x).transform(x)


def scores() -> dict[str, Callable[..., Any]]:
    """`sklearn.metrics`."""

    def of(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
        return lambda a, b, *args, **named: function(np.asarray(plain(a)), np.asarray(plain(b)))

    def confusion(a: Any, b: Any) -> Any:
        classes = np.unique(np.concatenate([a.ravel(), b.ravel()]))
        return np.array([[np.sum((a == i) & (b == j)) for j in classes] for i in classes])

    squares = of(lambda a, b: float(np.mean((a - b) ** 2)))
    return {
        "accuracy_score": of(lambda a, b: float(np.mean(a == b))), "confusion_matrix": of(confusion),
        "mean_squared_error": squares, "mean_absolute_error": of(lambda a, b: float(np.mean(np.abs(a - b)))),
        "r2_score": of(lambda a, b: float(1 - np.sum((a - b) ** 2) / max(np.sum((a - np.mean(a)) ** 2), 1e-300))),
        "classification_report": of(lambda a, b: ""), "f1_score": of(lambda a, b: 0.5),
        "precision_score": of(lambda a, b: 0.5), "recall_score": of(lambda a, b: 0.5),
        "roc_auc_score": of(lambda a, b: 0.5), "log_loss": of(lambda a, b: 0.5),
    }  # fmt: skip


def sklearn_module(notes: list[str]) -> Any:
    """scikit-learn."""
    fetched = {"fetch_openml": openml(notes), "fetch_california_housing": dataset("california_housing", notes)}
    real = real_module("sklearn")
    if real is not None:

        def other(name: str, x: Any) -> Any:
            if isinstance(x, types.ModuleType):
                return Module(x, fetched if name == "datasets" else {}, other)
            if isinstance(x, type):
                return lambda *args, **named: Adopting(x(*plain(args), **plain(named)))
            return adopting(x)

        return Packages("sklearn", other)
    found = Anything("sklearn")
    found.datasets = Bunch(
        fetched, **{f"load_{name}": dataset(name, notes) for name in DATASETS},
        make_moons=clouds(), make_circles=clouds(), make_blobs=clouds(2, 3), make_classification=clouds(20),
        make_gaussian_quantiles=clouds(2, 3), make_regression=regression,
    )  # fmt: skip
    found.preprocessing = Bunch(
        StandardScaler=lambda *a, **k: Scaler(lambda x: x.mean(0), lambda x: x.std(0)),
        MinMaxScaler=lambda *a, **k: Scaler(lambda x: x.min(0), lambda x: x.max(0) - x.min(0)),
        LabelEncoder=lambda *a, **k: Encoder(False), LabelBinarizer=lambda *a, **k: Encoder(True),
        OneHotEncoder=lambda *a, sparse=True, sparse_output=True, **k: Encoder(True, sparse and sparse_output),
        normalize=lambda x, *a, **k: adopt(np.asarray(plain(x)) / np.linalg.norm(plain(x), axis=1, keepdims=True)),
        scale=lambda x, *a, **k: Scaler(lambda x: x.mean(0), lambda x: x.std(0)).fit_transform(x),
    )  # fmt: skip
    found.model_selection = Bunch(train_test_split=split)
    found.metrics = Bunch(scores())
    found.utils = Bunch(shuffle=lambda *xs, random_state=None, **k: shuffled(xs, random_state))
    return found


def shuffled(xs: Any, seed: Any) -> Any:
    """`sklearn.utils.shuffle`."""
    order = _generator(seed).permutation(len(xs[0]))
    return xs[0][order] if len(xs) == 1 else [x[order] for x in xs]


class Packages(types.ModuleType):
    """A package whose submodules are imported when they are asked for."""

    def __init__(self, name: str, other: Callable[[str, Any], Any]) -> None:
        super().__init__(name)
        self.__dict__["_other"] = other

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        module = real_module(f"{self.__name__}.{name}")
        found = getattr(importlib.import_module(self.__name__), name) if module is None else module
        self.__dict__[name] = self._other(name, found)
        return self.__dict__[name]


# ---------------------------------------------------------------- pictures


def pictures(name: str, notes: list[str], *shape: int) -> Any:
    """`keras.datasets.mnist` and its kind."""

    def load(*args: Any, **named: Any) -> Any:
        made_up.note(notes, f"the data set {name} was made up: there is no network")
        pairs = []
        for n, seed in ((300, 0), (60, 1)):
            x, y = made_up.images(n, shape[0], shape[1], seed=seed)
            x = np.repeat(x[..., None], shape[2], axis=-1) if len(shape) > 2 else x
            pairs.append((adopt(x), adopt(y[:, None] if len(shape) > 2 else y.astype(np.uint8))))
        return tuple(pairs)

    return Bunch(load_data=load)


def keras_module(notes: list[str]) -> Any:
    """Keras: its data sets and `to_categorical`; nothing else of it runs."""
    found = Anything("keras")
    found.datasets = Bunch(
        mnist=pictures("mnist", notes, 28, 28), fashion_mnist=pictures("fashion_mnist", notes, 28, 28),
        cifar10=pictures("cifar10", notes, 32, 32, 3),
    )  # fmt: skip

    def categories(y: Any, num_classes: Any = None, **named: Any) -> Any:
        y = np.asarray(plain(y), dtype=int)
        return adopt(np.eye(num_classes or int(y.max()) + 1)[y.ravel()])

    found.utils = Anything("keras.utils")
    found.utils.to_categorical = categories
    found.utils.np_utils = Bunch(to_categorical=categories)
    return found


def tensorflow_module(notes: list[str]) -> Any:
    """TensorFlow: the data sets of its Keras."""
    found = Anything("tensorflow")
    found.keras = keras_module(notes)
    return found


def torchvision_module(notes: list[str]) -> Any:
    """torchvision: nothing of it runs."""
    made_up.note(notes, "torchvision was left out")
    return Anything("torchvision")


def mnist_module(notes: list[str]) -> Any:
    """The packages called mnist: pictures of shape (n, 28, 28), or in lists of 784."""
    train, test = pictures("mnist", notes, 28, 28).load_data()

    def listed(pair: Any) -> Any:
        return [x.ravel().tolist() for x in pair[0]], pair[1].tolist()

    found = Anything("mnist")
    found.train_images, found.train_labels = lambda: train[0], lambda: train[1]
    found.test_images, found.test_labels = lambda: test[0], lambda: test[1]
    found.MNIST = lambda *args, **named: Bunch(load_training=lambda: listed(train), load_testing=lambda: listed(test))
    return found


def h5py_module(notes: list[str]) -> Any:
    """h5py: where there is no file, the data of pictures of cats in a well-known course."""
    real = real_module("h5py")

    def file(path: Any, *args: Any, **named: Any) -> Any:
        if real is not None:
            try:
                return real.File(path, *args, **named)
            except OSError:
                pass
        made_up.note(notes, f"{path} was not there: pictures of two classes were made up")
        x, y = made_up.images(40, 16, 16, classes=2, seed="test" in str(path))
        x = np.repeat(x[..., None], 3, axis=-1)
        return {key: value for part in ("train", "test") for key, value in (
            (f"{part}_set_x", x), (f"{part}_set_y", y), ("list_classes", np.array([b"non-cat", b"cat"])))}  # fmt: skip

    return Bunch(File=file)


def gzip_module(notes: list[str]) -> Any:
    """gzip: a file that does not exist is made up."""
    import gzip

    def opened(path: Any, mode: str = "rb", *args: Any, **named: Any) -> Any:
        try:
            return gzip.open(path, mode, *args, **named)
        except FileNotFoundError:
            found = made_up.file(str(path).removesuffix(".gz"), True, notes)
            return io.TextIOWrapper(found) if "t" in mode else found

    return Module(gzip, {"open": opened})


def _generator(seed: Any) -> Any:
    """A generator with a seed; without one NumPy's own, whose seed every run has in common."""
    return np.random if seed is None else np.random.RandomState(seed)
