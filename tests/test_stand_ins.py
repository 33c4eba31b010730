"""What a traced program gets for its imports: the plain run's numbers, data made up and noted, patient observers."""
# ruff: noqa: E501  (lines of programs)

import builtins
import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.programs import for_data, for_pandas, for_science
from autograd.programs.arrays import Array, Scalar, adopt, node_of, plain, source
from autograd.programs.replay import gradients
from autograd.programs.stand_ins import builtins_for, stand_in
from autograd.programs.traced import Trace, tracing


def run(text: str, notes: list[str] | None = None) -> dict[str, Any]:
    """The variables of a program that imports stand-ins."""
    notes = [] if notes is None else notes
    modules: dict[str, Any] = {}
    real = builtins.__import__

    def imported(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if name not in modules:
            modules[name] = stand_in(name, notes)
        found = modules[name]
        if found is None:
            return real(name, globals, locals, fromlist, level)
        return found if fromlist else imported(name.partition(".")[0], fromlist=("x",))

    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": imported}}
    text = re.sub(r"(?<![.\w])(open|input)\(", r"\1_(", text)
    names |= {"open_": builtins_for(notes)["open"], "input_": builtins_for(notes)["input"]}
    with tracing(Trace()):
        exec(text, names)
    return names


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where neither scikit-learn nor pandas nor scipy is installed."""
    for module in (for_data, for_pandas, for_science):
        monkeypatch.setattr(module, "real_module", lambda name: None)


def test_observers_accept_everything() -> None:
    run(
        "import matplotlib.pyplot as plt, seaborn as sns\n"
        "from mpl_toolkits.mplot3d import Axes3D\n"
        "from matplotlib import cm, pyplot\n"
        "from IPython.display import clear_output\n"
        "from tqdm import tqdm, trange\nfrom tqdm.auto import tqdm as bar\n"
        "fig, axes = plt.subplots(2, 3, figsize=(4, 4))\n"
        "axes[1, 2].plot([1, 2], label='x')[0].set_color('r')\n"
        "fig, ax = plt.subplots(); ax.imshow([[1]]); line, = ax.plot([1]) if False else (1,)\n"
        "with plt.style.context('x'):\n    plt.rcParams['figure.figsize'] = (3, 3)\n"
        "plt.scatter(1, 2, c=cm.viridis(0.5)); plt.figure().add_subplot(111, projection='3d'); plt.show()\n"
        "assert list(tqdm(range(3))) == [0, 1, 2] and list(trange(2)) == [0, 1] and len(bar([1, 2])) == 2\n"
        "with tqdm(total=4) as t:\n    t.update(1); t.set_description('x')\n"
        "tqdm.write('x')\n"
    )


def test_numbers_drawn_are_those_of_the_plain_run_and_sources() -> None:
    text = (
        "import random, numpy as np\nfrom numpy.random import randn, default_rng\nfrom random import uniform\n"
        "np.random.seed(4); random.seed(5)\n"
        "a = randn(2, 2); b = uniform(-1, 1); c = default_rng(3).normal(size=3); d = np.random.uniform(-1, 1)\n"
    )
    found, expected = run(text), {}  # type: ignore[var-annotated]
    exec(text, expected)
    for name in "abcd":
        assert type(found[name]) is (Array if name in "ac" else Scalar)
        assert found[name].node.op is None
        np.testing.assert_array_equal(plain(found[name]), expected[name])


def test_names_imported_from_numpy_are_followed() -> None:
    found = run(
        "from numpy import exp, array, dot, zeros, random, mean, float32\nfrom numpy import *\n"
        "w = array([0.5, -1.0]); z = dot(array([1, 2]), w); p = 1 / (1 + exp(-z)); k = array([1, 2], dtype=float32)\n"
    )
    slope = gradients(found["p"].node, [found["w"].node])[found["w"].node]
    p = 1 / (1 + math.exp(1.5))
    np.testing.assert_allclose(slope, [p * (1 - p), 2 * p * (1 - p)], rtol=1e-14)
    assert found["k"].dtype == np.float32


def test_older_names_of_numpy() -> None:
    found = run(
        "import numpy as np\na = np.zeros(2, dtype=np.float); b = np.float_(3); c = np.product([2, 3]); d = np.Inf\n"
    )
    assert found["a"].dtype == np.float64
    assert (plain(found["b"]), found["c"], found["d"]) == (3.0, 6, math.inf)


def test_classes_say_what_the_plain_program_says() -> None:
    found = run(
        "import numpy as np, numbers\nfrom collections.abc import Iterable\n"
        "x = np.ones(3); s = x.sum(); p = float(2)\n"
        "r = [isinstance(x, np.ndarray), isinstance(s, float), isinstance(s, np.float64), isinstance(s, numbers.Number),\n"
        "     isinstance(x, (list, tuple)), isinstance(s, np.ndarray), isinstance(s, Iterable), isinstance(x, Iterable),\n"
        "     isinstance(s, np.floating), isinstance(s, (int, np.integer)), np.isscalar(s), callable(x), isinstance(s, np.float32)]\n"
    )
    assert found["r"] == [True, True, True, True, False, False, False, True, True, False, True, False, False]
    kind = builtins_for([])["type"]
    assert kind(found["s"]) is np.float64
    assert kind(found["x"]) is np.ndarray
    assert kind(source(1.5)) is float
    assert kind([]) is list


def test_sigmoid_and_softmax_of_scipy_without_scipy(without: None) -> None:
    found = run(
        "import numpy as np\nfrom scipy.special import expit, softmax, logsumexp, log_softmax, xlogy, erf, logit\n"
        "import scipy.special\n"
        "x = np.array([[0.3, -2.0, 1.0], [800.0, -800.0, 0.1]]); a = expit(x); b = softmax(x, axis=1); c = logsumexp(x, axis=1)\n"
        "d = log_softmax(x, axis=1); e = xlogy(np.array([0.0, 2.0]), np.array([0.0, 3.0])); f = erf(x[0, 0]); g = scipy.special.expit(x[0])\n"
        "h = logit(a[0]); t = b[0, 0] + c[1] + a[0, 1] + f\n"
    )
    x = [0.3, -2.0, 1.0]
    np.testing.assert_allclose(plain(found["a"])[0], [1 / (1 + math.exp(-v)) for v in x], rtol=1e-15)
    total = sum(map(math.exp, x))
    np.testing.assert_allclose(plain(found["b"])[0], [math.exp(v) / total for v in x], rtol=1e-15)
    np.testing.assert_allclose(plain(found["c"]), [math.log(total), 800.0], rtol=1e-15)
    np.testing.assert_allclose(plain(found["d"])[0], [v - math.log(total) for v in x], rtol=1e-14)
    np.testing.assert_allclose(plain(found["e"]), [0.0, 2 * math.log(3)], rtol=1e-15)
    np.testing.assert_allclose(plain(found["h"]), x, rtol=1e-14)
    assert plain(found["f"]) == math.erf(0.3)
    slopes = gradients(found["t"].node, [found["x"].node])[found["x"].node]
    share = math.exp(0.3) / total
    s = 1 / (1 + math.exp(2.0))
    assert slopes[0][0] == pytest.approx(share * (1 - share) + 2 / math.sqrt(math.pi) * math.exp(-0.09), rel=1e-14)
    assert slopes[0][1] == pytest.approx(-share * math.exp(-2.0) / total + s * (1 - s), rel=1e-14)
    np.testing.assert_allclose(slopes[1], [1.0, 0.0, 0.0], atol=1e-300)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve2d", "correlate2d"])
def test_two_dimensional_convolution(name: str, mode: str) -> None:
    a, b = np.arange(20.0).reshape(4, 5) ** 1.5, np.array([[1.0, 2.0], [-3.0, 0.5], [0.1, -1.0]])
    with tracing(Trace()):
        found = getattr(stand_in("scipy.signal", []), name)(source(a), source(b), mode)
    kernel = b if name == "correlate2d" else b[::-1, ::-1]
    padded = np.pad(a, ((2, 2), (1, 1)))
    full = np.array([[np.sum(padded[i : i + 3, j : j + 2] * kernel) for j in range(6)] for i in range(6)])
    middle = {"convolve2d": full[1:5, 0:5], "correlate2d": full[1:5, 1:6]}[name]
    expected = {"full": full, "valid": full[2:4, 1:5], "same": middle}[mode]
    np.testing.assert_allclose(plain(found), expected, rtol=1e-13)


def test_data_sets_without_scikit_learn(without: None) -> None:
    notes: list[str] = []
    found = run(
        "import numpy as np\nfrom sklearn.datasets import load_iris, make_moons, load_digits, fetch_openml\n"
        "from sklearn.model_selection import train_test_split\nfrom sklearn import preprocessing, metrics, datasets\n"
        "from sklearn.preprocessing import StandardScaler, OneHotEncoder, MinMaxScaler, LabelBinarizer\n"
        "iris = load_iris(); X, y = iris.data, iris['target']\n"
        "A, B, c, d = train_test_split(X, y, test_size=0.2, random_state=0)\n"
        "S = StandardScaler(); Z = S.fit_transform(A); T = S.transform(B); M = MinMaxScaler().fit_transform(X)\n"
        "Y = OneHotEncoder(sparse_output=False).fit_transform(y.reshape(-1, 1)); L = LabelBinarizer().fit_transform(y)\n"
        "U, v = make_moons(n_samples=50, noise=0.1); P, q = load_digits(return_X_y=True)\n"
        "acc = metrics.accuracy_score(y, y); big = fetch_openml('mnist_784', version=1, as_frame=False)\n"
        "z = X.dot(np.ones((4, 2)))\n",
        notes,
    )
    assert found["X"].shape == (150, 4)
    assert sorted(set(found["y"].tolist())) == [0, 1, 2]
    assert [found[n].shape for n in "ABcd"] == [(120, 4), (30, 4), (120,), (30,)]
    np.testing.assert_allclose(plain(found["Z"]).mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(plain(found["Z"]).std(0), 1, rtol=1e-12)
    assert (plain(found["M"]).min(), plain(found["M"]).max()) == (0, 1)
    np.testing.assert_array_equal(plain(found["Y"]), np.eye(3)[plain(found["y"])])
    assert found["U"].shape == (50, 2)
    assert found["P"].shape[1] == 64
    assert found["acc"] == 1.0
    assert found["big"].data.shape[1] == 784
    assert type(found["z"]) is Array
    assert notes == [
        "the data set iris was made up: scikit-learn's own was not at hand",
        "the data set digits was made up: scikit-learn's own was not at hand",
        "the data set mnist_784 was made up: there is no network",
    ]


def test_a_table_that_is_not_there(without: None) -> None:
    notes: list[str] = []
    found = run(
        "import pandas as pd, numpy as np\n"
        "df = pd.read_csv('data/pima.csv'); y = df['Outcome'].values; X = df.drop('Outcome', axis=1).values\n"
        "n, k = df.shape; Z = (df - df.mean()) / df.std(); W = Z.to_numpy(); a = df.iloc[:, :2].values; b = df.iloc[:, -1].values\n"
        "t = pd.read_csv('x.csv', names=['u', 'v', 'w']); u = np.array(t[['u', 'v']]); c = t.u.values; s = t.sample(frac=1)\n"
        "o = pd.get_dummies(df['Outcome']).values; h = pd.DataFrame({'p': [1, 2]}).values\n"
        "m = pd.read_csv('mnist_train.csv').values; f = X.dot(np.ones((8, 1)))\n",
        notes,
    )
    assert found["X"].shape == (found["n"], 8)
    assert set(found["y"].tolist()) == {0, 1}
    np.testing.assert_allclose(plain(found["W"]).mean(0), 0, atol=1e-12)
    assert found["a"].shape[1] == 2
    assert found["b"].tolist() == found["y"].tolist()
    assert found["u"].shape[1] == 2
    assert found["c"].shape == (found["n"],)
    assert found["o"].shape[1] == 2
    assert found["h"].tolist() == [[1], [2]]
    assert found["m"].shape[1] == 785
    assert type(found["f"]) is Array
    assert [note.partition(" ")[0] for note in notes] == ["pima.csv", "x.csv", "mnist_train.csv"]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    notes: list[str] = []
    (tmp_path / "there.csv").write_text("1,2\n3,4\n")
    found = run(
        f"import numpy as np, csv, gzip, struct\nreal = np.loadtxt({str(tmp_path / 'there.csv')!r}, delimiter=',')\n"
        "a = np.genfromtxt('iris.csv', delimiter=','); rows = [[float(v) for v in r] for r in csv.reader(open('b.csv'))]\n"
        "text = open('input.txt', 'r').read()\n"
        "f = open('train-images.idx3-ubyte', 'rb'); magic, n, h, w = struct.unpack('>IIII', f.read(16))\n"
        "x = np.frombuffer(f.read(), dtype=np.uint8).reshape(n, h * w)\n"
        "g = gzip.open('train-labels-idx1-ubyte.gz', 'rb'); g.read(8); y = np.frombuffer(g.read(), dtype=np.uint8)\n"
        "with open('c.csv') as k:\n    first = k.readline()\n"
        "answer = int(input('how many? '))\n",
        notes,
    )
    assert plain(found["real"]).tolist() == [[1, 2], [3, 4]]
    assert type(found["real"]) is Array
    assert found["a"].shape == (150, 5)
    assert len({len(row) for row in found["rows"]}) == 1
    assert len(found["text"]) > 500
    assert (found["magic"], found["h"], found["w"]) == (2051, 28, 28)
    assert found["x"].shape == (found["n"], 784)
    assert set(found["y"].tolist()) == set(range(10))
    assert found["first"].count(",") == 4
    assert found["answer"] == 1
    assert len(notes) == 7
    with pytest.raises(FileNotFoundError):
        run("open('model.pkl', 'rb')")


def test_pictures_of_keras() -> None:
    found = run(
        "from tensorflow.keras.datasets import mnist\nfrom keras.utils import to_categorical\nimport tensorflow as tf\n"
        "(x, y), (a, b) = mnist.load_data(); x = x.reshape(-1, 784) / 255; t = to_categorical(y, 10)\n"
        "(u, v), _ = tf.keras.datasets.cifar10.load_data()\n"
    )
    assert found["x"].shape[1] == 784
    assert type(found["x"]) is Array
    assert 0 <= plain(found["x"]).min() <= plain(found["x"]).max() <= 1
    np.testing.assert_array_equal(plain(found["t"]).argmax(1), found["y"])
    assert found["u"].shape[1:] == (32, 32, 3)


def test_json_statistics_time_decimal() -> None:
    found = run(
        "import json, statistics, time, decimal, numpy as np\nw = np.ones(2) * 1.5; s = json.dumps({'w': w.tolist(), 'l': [w[0]]})\n"
        "m = statistics.mean([w[0], w[1], 3.0]); time.sleep(100); d = decimal.Decimal(w[0])\n"
    )
    assert json.loads(found["s"]) == {"w": [1.5, 1.5], "l": [1.5]}
    assert plain(found["m"]) == 2.0
    assert found["m"].node.op is not None
    assert found["d"] == 1.5


def test_builtins_keep_the_trace_and_python_s_results() -> None:
    replaced = builtins_for([])
    with tracing(Trace()):
        x, y = source(0.123456), source(np.float64(2.5))
        rounded, whole, total = replaced["round"](x, 2), replaced["float"](y), replaced["sum"]([x, x, x])
        product = x * y
        late = replaced["round"](product, 2)
        power = replaced["pow"](x, 2)
    assert plain(rounded) == 0.12
    assert gradients(rounded.node, [x.node])[x.node] == 1.0
    assert type(plain(whole)) is float
    assert gradients(whole.node, [y.node])[y.node] == 1.0
    assert plain(total) == 0.123456 + 0.123456 + 0.123456
    assert gradients(total.node, [x.node])[x.node] == 3.0
    assert plain(late) == round(0.123456 * 2.5, 2)
    assert np.isnan(gradients(late.node, [x.node])[x.node])
    assert plain(power) == 0.123456**2
    assert plain(replaced["float"]("0.5")) == 0.5
    assert node_of(replaced["float"]("0.5")) is not None
    assert replaced["round"](2.6) == 3
    assert replaced["sum"]([1, 2]) == 3
    with pytest.raises(ValueError, match="could not convert"):
        replaced["float"]("x")


def test_plain_arrays_are_taken_in() -> None:
    x = adopt(np.ones(3))
    assert type(x) is Array
    mask = adopt(np.array([True, False]))
    assert type(mask.astype(float)) is Array
    assert repr(mask) == "array([ True, False])"
    assert adopt("text") == "text"


def test_modules_without_a_stand_in_are_left_alone() -> None:
    assert stand_in("os", []) is None
    assert stand_in("dataclasses", []) is None
    assert stand_in("numpy.linalg", []).norm is not np.linalg.norm
    assert sys.modules["numpy"] is np
