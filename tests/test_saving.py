"""Models in files: back to the last bit, written whole or not at all, and nothing else is read as one."""

import json
import math
import os
import pickle
import random
import re
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Value
from nn import MLP, Layer, Module, Neuron


def model() -> MLP:
    return MLP(2, [3, 1], "tanh", "sigmoid", rng=random.Random(4))


def swish(z: Value) -> Value:
    return z * z.sigmoid()


def bits(module: Module) -> list[bytes]:
    return [struct.pack(">d", p.data) for p in module.parameters()]


class Line(Module):
    def __init__(self, m: float, c: float) -> None:
        self.m, self.c = Value(m, "m"), Value(c, "c")


# ---------------------------------------------------------------- state_dict


def test_the_state_is_a_copy_by_name_in_order() -> None:
    one = model()
    state = one.state_dict()
    assert type(state) is dict
    assert list(state) == list(one.named_parameters())
    assert list(state.values()) == [p.data for p in one.parameters()]
    one.load_named({"w1": 5.0})
    assert state["w1"] != 5.0
    two = MLP(2, [3, 1], "tanh", "sigmoid")
    two.load_state_dict(dict(reversed(state.items())))  # by name, whatever the order
    assert two.state_dict() == state
    assert list(two.state_dict()) == list(state)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda d: d.pop("w2"), ValueError, "the 13 parameters of this model: missing w2; unexpected none"),
        (lambda d: d.update(v=1.0), ValueError, "missing none; unexpected 'v'"),
        (lambda d: d.update(w_1=d.pop("w1")), ValueError, "missing w1; unexpected 'w_1'"),
        (lambda d: d.clear(), ValueError, "missing w1, w2, b1, .* and 3 more; unexpected none"),
        (lambda d: d.update({f"v{i}": 1.0 for i in range(12)}), ValueError, "'v9' and 2 more"),
        (lambda d: d.update(b4="1.0"), TypeError, "expected a real number"),
        (lambda d: d.update(b4=None), TypeError, "expected a real number"),
        (lambda d: d.update(b4=[1.0]), TypeError, "expected a real number"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change: Callable[[Any], Any], error: Any, text: str) -> None:
    one = model()
    state = dict.fromkeys(one.state_dict(), 1.0)
    change(state)
    before = bits(one)
    with pytest.raises(error, match=text):
        one.load_state_dict(state)
    assert bits(one) == before


# ---------------------------------------------------------------- back to the last bit


EXTREME = [
    0.1,
    -0.0,
    0.0,
    1 / 3,
    5e-324,
    -2.2250738585072014e-308,
    1.7976931348623157e308,
    -1e-7,
    1e16,
    123456789.0,
    math.pi,
]


def test_a_model_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    one, path = model(), tmp_path / "model.json"
    for p, number in zip(one.parameters(), EXTREME, strict=False):
        p.data = number
    one.save(path)
    rebuilt = nn.load(path)
    assert repr(rebuilt) == repr(one) == "MLP(2, [3, 1], 'tanh', 'sigmoid')"
    assert bits(rebuilt) == bits(one)
    assert list(rebuilt.state_dict()) == list(one.state_dict())
    other = MLP(2, [3, 1], "tanh", "sigmoid")
    other.load(path)
    assert bits(other) == bits(one)


def test_random_bits_come_back(tmp_path: Path) -> None:
    rng, path = random.Random(8), tmp_path / "line.json"
    for _ in range(200):
        m, c = (struct.unpack(">d", rng.randbytes(8))[0] for _ in range(2))
        if math.isfinite(m) and math.isfinite(c):
            Line(m, c).save(path)
            line = Line(0.0, 0.0)
            line.load(path)
            assert bits(line) == bits(Line(m, c))


def test_a_rebuilt_model_computes_and_is_labelled_alike(tmp_path: Path) -> None:
    one = MLP(3, [4, 5, 2], ["relu", "softplus"], "leaky_relu", rng=random.Random(3))
    one.save(tmp_path / "m")
    two = nn.load(tmp_path / "m")
    x = [0.3, -0.5, 0.9]
    for a, b in zip(one(x), two(x), strict=True):
        assert a.data == b.data
        assert list(a.named()) == list(b.named())


def test_loading_draws_no_random_numbers(tmp_path: Path) -> None:
    model().save(tmp_path / "m")
    state = random.getstate()
    nn.load(tmp_path / "m")
    assert random.getstate() == state


def test_a_path_is_a_text_or_a_path(tmp_path: Path) -> None:
    model().save(os.fspath(tmp_path / "m"))
    assert bits(nn.load(os.fspath(tmp_path / "m"))) == bits(nn.load(tmp_path / "m")) == bits(model())
    for no_path in (3, None):
        with pytest.raises(TypeError):
            model().save(no_path)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            nn.load(no_path)  # type: ignore[arg-type]


def test_the_same_model_gives_the_same_bytes_in_a_readable_file(tmp_path: Path) -> None:
    model().save(tmp_path / "one")
    model().save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    content = json.loads((tmp_path / "one").read_text(encoding="utf-8"))
    assert content == {
        "format": "chalkgrad model",
        "version": 1,
        "network": {"inputs": 2, "sizes": [3, 1], "activations": ["tanh", "sigmoid"]},
        "parameters": model().state_dict(),
    }


@pytest.mark.parametrize("module", [Neuron(2), Layer(2, 3), Line(1.5, -2.0)], ids=lambda m: type(m).__name__)
def test_other_modules_keep_their_parameters(tmp_path: Path, module: Module) -> None:
    path = tmp_path / "m"
    module.save(path)
    expected = bits(module)
    for p in module.parameters():
        p.data = 0.0
    module.load(path)
    assert bits(module) == expected
    with pytest.raises(ValueError, match=r"m: the file is of a module that is no MLP: build the model.*load\(path\)"):
        nn.load(path)


def test_a_subclass_is_not_rebuilt_as_what_it_extends(tmp_path: Path) -> None:
    class Scaled(MLP):
        def __call__(self, x: Any) -> Any:
            return 2 * super().__call__(x)

    one, two, path = Scaled(2, [1]), Scaled(2, [1]), tmp_path / "m"
    one.save(path)
    two.load(path)
    assert bits(two) == bits(one)
    with pytest.raises(ValueError, match="no MLP"):
        nn.load(path)


def test_of_a_function_only_the_place_is_saved(tmp_path: Path) -> None:
    one, two, path = MLP(2, [3, 1], swish), MLP(2, [3, 1], swish), tmp_path / "m"
    with pytest.warns(
        UserWarning, match=r"m: the parameters are saved, but an activation is a function.*load\(path\)"
    ) as w:
        one.save(path)
    assert w[0].filename == __file__
    two.load(path)
    assert bits(two) == bits(one)
    with pytest.raises(ValueError, match=r"m: an activation is a function, which the file does not hold: build"):
        nn.load(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model().save(path)


# ---------------------------------------------------------------- written whole or not at all


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_not_saved(tmp_path: Path, number: float) -> None:
    path = tmp_path / "m"
    one = model()
    one.save(path)
    before = path.read_bytes()
    one.parameters()[3].data = number
    with pytest.raises(ValueError, match=rf"m: not written, .* finite numbers can be saved: w3 = {number}$"):
        one.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["m"]


@pytest.mark.parametrize("failing", ["replace", "fsync"])
def test_an_error_on_the_way_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    path = tmp_path / "m"
    model().save(path)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, full)
    other = MLP(2, [3, 1])
    with pytest.raises(OSError, match=re.escape(f"No space left on device: {str(path)!r}")):
        other.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["m"]


def test_an_interrupt_on_the_way_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model().save(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=re.escape(repr(str(tmp_path / "none" / "m")))):
        model().save(tmp_path / "none" / "m")
    with pytest.raises(OSError, match=re.escape(repr(str(tmp_path)))):
        model().save(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "m")
    model().save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert bits(nn.load(tmp_path / "m")) == bits(model())


# ---------------------------------------------------------------- damaged and foreign files

GOOD: dict[str, Any] = {
    "format": "chalkgrad model",
    "version": 1,
    "network": {"inputs": 2, "sizes": [3, 1], "activations": ["tanh", "sigmoid"]},
    "parameters": dict.fromkeys(model().state_dict(), 0.5),
}
TEXT = json.dumps(GOOD)


def entry(**changes: Any) -> str:
    return json.dumps({**GOOD, **changes})


def without(name: str) -> str:
    return json.dumps({key: part for key, part in GOOD.items() if key != name})


def network(**changes: Any) -> str:
    return entry(network={**GOOD["network"], **changes})


def parameters(**changes: Any) -> str:
    return entry(parameters={**GOOD["parameters"], **changes})


def fewer(count: int) -> str:
    return entry(parameters=dict(list(GOOD["parameters"].items())[:count]))


class Harmful:
    def __reduce__(self) -> Any:
        return print, ("this must never be run",)


NO_JSON: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t\n",
    "cut after a byte": TEXT[:1].encode(),
    "cut in the middle": TEXT[: len(TEXT) // 2].encode(),
    "cut before the last bracket": TEXT[:-1].encode(),
    "cut in the head": TEXT[:30].encode(),
    "with more after the end": (TEXT + "}").encode(),
    "twice": (TEXT + TEXT).encode(),
    "a comma too many": TEXT.replace("}", ",}").encode(),
    "Python's repr": repr(GOOD).encode(),
    "zeros": bytes(1000),
    "random bytes": random.Random(1).randbytes(1000),
    "a pickle": pickle.dumps(Harmful()),
    "a pickled state": pickle.dumps(GOOD),
    "a zip as PyTorch writes": b"PK\x03\x04" + bytes(200),
    "a NumPy array": b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (13,), }",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "a web page": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "Python code": b"__import__('os').system('echo this must never be run')",
    "csv": b"x1,x2,y\n0.1,0.7,1\n",
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-8 with a mark": TEXT.encode("utf-8-sig"),
    "Latin-1": TEXT.replace("tanh", "tänh").encode("latin-1"),
    "one flipped bit": TEXT.replace('"version"', '"\xd6ersion').encode("latin-1"),
    "NaN": TEXT.replace("0.5", "NaN", 1).encode(),
    "Infinity": TEXT.replace("0.5", "Infinity", 1).encode(),
    "-Infinity": TEXT.replace("0.5", "-Infinity", 1).encode(),
    "hexadecimal": TEXT.replace("0.5", "0x1p-1", 1).encode(),
    "a whole number of 5000 digits": TEXT.replace("0.5", "1" * 5000, 1).encode(),
    "nested a hundred thousand deep": b"[" * 100_000 + b"]" * 100_000,
    "objects nested a hundred thousand deep": b'{"format":' * 100_000,
    "a parameter twice": TEXT.replace('"w1": 0.5', '"w1": 0.5, "w1": 0.25').encode(),
    "an entry twice": TEXT.replace('"version": 1', '"version": 1, "version": 1').encode(),
    "a size twice": TEXT.replace('"inputs": 2', '"inputs": 2, "inputs": 3').encode(),
}

NO_MODEL: dict[str, str] = {
    "null": "null",
    "a number": "42",
    "a text": '"chalkgrad model"',
    "a list": "[1, 2, 3]",
    "the entries in a list": json.dumps([GOOD]),
    "an empty object": "{}",
    "a state alone": json.dumps(GOOD["parameters"]),
    "another format": entry(format="other model"),
    "no format": without("format"),
    "a format that is no text": entry(format=["chalkgrad model"]),
    "no version": without("version"),
    "version 0": entry(version=0),
    "version 2": entry(version=2),
    "version 3": entry(version=3),
    "a version as a text": entry(version="1"),
    "a version with a point": entry(version=1.0),
    "a version that is true": entry(version=True),
    "no network": without("network"),
    "no parameters": without("parameters"),
    "an entry more": entry(optimizer={}),
    "a network that is a list": entry(network=[2, 3, 1]),
    "a network that is a text": entry(network="MLP(2, [3, 1])"),
    "a network without sizes": entry(network={"inputs": 2, "activations": ["tanh", "sigmoid"]}),
    "a network with more": network(bias=True),
    "sizes that are a number": network(sizes=3),
    "no sizes": network(sizes=[], activations=[]),
    "a size of 0": network(sizes=[0, 1]),
    "a negative size": network(sizes=[-3, 1]),
    "a size with a point": network(sizes=[3.0, 1]),
    "a size that is true": network(sizes=[3, True]),
    "a size as a text": network(sizes=["3", 1]),
    "inputs that are no number": network(inputs=None),
    "inputs of 0": network(inputs=0),
    "activations that are a text": network(activations="tanh"),
    "an activation that is a number": network(activations=[1, "sigmoid"]),
    "an activation too few": network(activations=["tanh"]),
    "an activation too many": network(activations=["tanh", "tanh", "sigmoid"]),
    "parameters that are a list": entry(parameters=[0.5] * 13),
    "parameters that are null": entry(parameters=None),
    "no parameter": entry(parameters={}),
    "a parameter as a text": parameters(w1="0.5"),
    "a parameter that is null": parameters(w1=None),
    "a parameter that is true": parameters(w1=True),
    "a parameter that is a list": parameters(w1=[0.5]),
    "a parameter that is an object": parameters(w1={"data": 0.5}),
    "a parameter too large": TEXT.replace("0.5", "1e999", 1),
    "a whole number too large": parameters(w1=10**400),
}

NOT_THIS_MODEL: dict[str, str] = {
    "another number of inputs": network(inputs=3),
    "another size": network(sizes=[2, 1]),
    "a size of a million": network(sizes=[10**6, 1]),
    "a size of many digits": network(sizes=[10**30, 1]),
    "another activation": network(activations=["sigmoid", "tanh"]),
    "an unknown activation": network(activations=["tanh", "swish"]),
    "code for an activation": network(activations=["tanh", "__import__('os').abort()"]),
    "a function for an activation": network(activations=["tanh", None]),
    "no network at all": entry(network=None),
    "a parameter too few": fewer(12),
    "one parameter": fewer(1),
    "a parameter too many": parameters(w10=0.5),
    "a parameter of another name": TEXT.replace('"w9"', '"w_9"'),
    "names in another case": TEXT.replace('"w', '"W'),
    "half a character for a name": parameters(**{"\ud800": 0.5}),
}

FILES = {**NO_JSON, **{name: text.encode() for name, text in {**NO_MODEL, **NOT_THIS_MODEL}.items()}}


def test_there_are_many_kinds_of_damage_and_the_undamaged_is_read(tmp_path: Path) -> None:
    assert len(set(FILES.values())) == len(FILES) >= 50
    path = tmp_path / "model.json"
    path.write_text(TEXT, encoding="utf-8")
    one = model()
    one.load(path)
    assert one.state_dict() == nn.load(path).state_dict() == GOOD["parameters"]


@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_is_refused_by_name_and_changes_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(FILES[kind])
    one = model()
    before = bits(one)
    for read in (one.load, nn.load):
        if kind == "another activation" and read is nn.load:
            continue  # a good file of another model
        with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
            read(path)
        assert len(str(caught.value)) - len(str(path)) < 500
        str(caught.value).encode("utf-8")
    assert bits(one) == before
    assert "never be run" not in "".join(capfd.readouterr())
    assert path.read_bytes() == FILES[kind]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("empty", "no model could be read: Expecting value"),
        ("a pickle", "no model could be read: 'utf-8' codec"),
        ("nested a hundred thousand deep", "recursion"),
        ("a parameter twice", "the entry 'w1' is there twice"),
        ("NaN", "NaN is no finite number"),
        ("a state alone", r"expected a file that save\(\) wrote"),
        ("version 3", "its format has the version 3, this chalkgrad reads versions 1 and 2"),
        ("an entry more", "expected the entries format, version, network, parameters, got .*'optimizer'"),
        ("a size of 0", r"expected whole numbers from 1 on, got 2 and \[0, 1\]"),
        ("an activation that is a number", r"activations: expected a list of names, got \[1, 'sigmoid'\]"),
        ("an activation too few", "expected an activation for each of 2 layers, got 1"),
        ("a parameter too large", "expected a finite number for 'w1', got inf"),
        ("a whole number too large", r"expected a finite number for 'w1', got 10+\.\.\.$"),
        ("another size", "the file is of 2 inputs, layers of 2 tanh, 1 sigmoid; this model has 2 inputs, layers of 3"),
        ("a parameter of another name", "missing w9; unexpected 'w_9'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, kind: str, text: str) -> None:
    path = tmp_path / "m"
    path.write_bytes(FILES[kind])
    with pytest.raises(ValueError, match=text):
        model().load(path)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("a size of a million", "have 4000001 parameters, but 13 are in the file"),
        ("an unknown activation", "unknown activation 'swish'"),
        ("a function for an activation", "an activation is a function"),
    ],
)
def test_what_cannot_be_rebuilt_is_said(tmp_path: Path, kind: str, text: str) -> None:
    path = tmp_path / "m"
    path.write_bytes(FILES[kind])
    with pytest.raises(ValueError, match=text):
        nn.load(path)


def test_any_cut_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "m"
    model().save(path)
    whole = path.read_bytes().rstrip()
    for end in range(0, len(whole), 7):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match="no model could be read"):
            nn.load(path)


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    one = model()
    before = bits(one)
    for read in (one.load, nn.load):
        with pytest.raises(FileNotFoundError, match=re.escape(repr(str(tmp_path / "none")))):
            read(tmp_path / "none")
        with pytest.raises(OSError, match=re.escape(repr(str(tmp_path)))):
            read(tmp_path)
    assert bits(one) == before


def test_a_model_of_the_same_names_but_other_layers_is_refused(tmp_path: Path) -> None:
    one, two = MLP(3, [1, 1]), MLP(2, [2])
    assert set(one.state_dict()) == set(two.state_dict())
    one.save(tmp_path / "m")
    with pytest.raises(ValueError, match="3 inputs, layers of 1 relu, 1 linear; this model has 2 inputs"):
        two.load(tmp_path / "m")


# ---------------------------------------------------------------- many parameters


def test_many_parameters_are_matrices_to_the_last_bit(tmp_path: Path) -> None:
    one, path = MLP(12, [9, 3], "tanh", rng=random.Random(4)), tmp_path / "m"
    one.parameters()[3].data, one.parameters()[5].data = -0.0, 5e-324
    one.save(path)
    content = json.loads(path.read_text())
    expected = {name: data(matrix) for name, matrix in one.matrices().items()}
    assert content["version"] == 2 and content["parameters"] == expected
    assert repr(nn.load(path).state_dict()) == repr(one.state_dict())
    assert path.stat().st_size < 1.3 * sum(len(repr(p.data)) + 2 for p in one.parameters())


def data(nest: Any) -> Any:
    return [data(item) for item in nest] if isinstance(nest, list) else nest.data


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda p: p.pop("b2"), "parameters: expected the entries W1, b1, W2, b2, got entries"),
        (lambda p: p.update(w1=0.5), "parameters: expected the entries W1, b1, W2, b2, got entries"),
        (lambda p: p["W1"].pop(), "W1, b1: expected 9 rows of 12 weights, and 9 biases"),
        (lambda p: p["W2"][1].append(0.5), "W2, b2: expected 3 rows of 9 weights, and 3 biases"),
        (lambda p: p["b2"].append(0.5), "W2, b2: expected 3 rows of 9 weights, and 3 biases"),
        (lambda p: p.update(b1=0.5), "W1, b1: expected 9 rows of 12 weights, and 9 biases"),
        (lambda p: p["W1"][0].__setitem__(1, [0.5]), r"expected a finite number for 'w2', got \[0.5\]"),
        (lambda p: p["b2"].__setitem__(0, "0.5"), "expected a finite number for 'b10', got '0.5'"),
    ],
)
def test_what_is_wrong_with_matrices_is_said(tmp_path: Path, change: Callable[[Any], Any], text: str) -> None:
    path = tmp_path / "m"
    MLP(12, [9, 3]).save(path)
    content = json.loads(path.read_text())
    change(content["parameters"])
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf"m: no model could be read: .*{text}"):
        nn.load(path)


def test_matrices_of_no_network_or_of_a_huge_one(tmp_path: Path) -> None:
    path = tmp_path / "m"
    MLP(12, [9, 3]).save(path)
    content = json.loads(path.read_text())
    huge = {**content["network"], "inputs": 10**12}
    for network, text in ((None, "there is no network"), (huge, "expected 9 rows of 10")):
        path.write_text(json.dumps({**content, "network": network}))
        with pytest.raises(ValueError, match=text):
            nn.load(path)
