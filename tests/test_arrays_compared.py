"""Arrays of Values compared, explained, drawn and written out: by name, in their shapes, with mistakes planted."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value, compare, draw, explain, step_through, to_manual, values

# ---------------------------------------------------------------- a network of letters, every step by hand


class Letters:
    """Lookup, linear, batch norm, tanh, linear, softmax and cross-entropy, step by step; `arrays` by name."""

    def __init__(self, letters: int, wide: int, hidden: int, batch: int, context: int = 2) -> None:
        rng = np.random.default_rng(hidden)

        def drawn(name: str, *shape: int, scale: float = 1.0) -> Any:
            return values(scale * rng.normal(size=shape), name)

        self.chars, self.next = rng.integers(0, letters - 1, (batch, context)), rng.integers(0, letters, batch)
        self.table = drawn("C", letters, wide)
        w1, b1 = drawn("W1", wide * context, hidden, scale=0.3), drawn("b1", hidden, scale=0.1)
        w2, b2 = drawn("W2", hidden, letters, scale=0.2), drawn("b2", letters, scale=0.1)
        gain, bias = values(1 + 0.1 * rng.normal(size=(1, hidden)), "gain"), drawn("bias", 1, hidden, scale=0.1)
        emb = values(self.table[self.chars], "emb")
        cat = values(emb.reshape(batch, -1), "cat")
        pre = values(cat @ w1 + b1, "pre")
        mean = values(pre.sum(axis=0, keepdims=True) / batch, "mean")
        diff = values(pre - mean, "diff")
        square = values(diff**2, "square")
        var = values(square.sum(axis=0, keepdims=True) / (batch - 1), "var")
        inverse = values((var + 1e-5) ** -0.5, "inverse")
        raw = values(diff * inverse, "raw")
        act = values(gain * raw + bias, "act")
        h = values(np.tanh(act), "h")
        logits = values(h @ w2 + b2, "logits")
        top = values(logits.max(axis=1, keepdims=True), "top")
        shifted = values(logits - top, "shifted")
        counts = values(np.exp(shifted), "counts")
        count = values(counts.sum(axis=1, keepdims=True), "count")
        share = values(count**-1, "share")
        probs = values(counts * share, "probs")
        logs = values(np.log(probs), "logs")
        self.loss = values(-logs[np.arange(batch), self.next].mean(), "L")
        self.numbers = {name: x.numbers for name, x in locals().items() if hasattr(x, "numbers")}
        self.numbers["C"] = self.table.numbers

    def by_hand(self, slip: str = "") -> dict[str, np.ndarray]:
        """The gradients of all arrays, derived by hand, from the loss down; in one of them a slip."""
        n, d = self.numbers, {}
        batch = len(self.next)
        rows = np.arange(batch)
        d["logs"] = np.zeros_like(n["logs"])
        d["logs"][rows, self.next] = -1 / batch
        d["probs"] = d["logs"] / n["probs"]
        d["share"] = (n["counts"] * d["probs"]).sum(axis=1, keepdims=True)
        d["count"] = (1 if slip == "count" else -1) * n["count"] ** -2 * d["share"]
        d["counts"] = n["share"] * d["probs"] + (0 if slip == "counts" else 1) * d["count"]
        d["shifted"] = n["counts"] * d["counts"]
        d["top"] = -d["shifted"].sum(axis=1, keepdims=True)
        d["logits"] = d["shifted"] + np.eye(n["logits"].shape[1])[n["logits"].argmax(axis=1)] * d["top"]
        d["h"] = d["logits"] @ n["w2"].T
        d["W2"] = n["act" if slip == "W2" else "h"].T @ d["logits"]
        d["b2"] = d["logits"].mean(axis=0) if slip == "b2" else d["logits"].sum(axis=0)
        d["act"] = (1 - n["h"] ** (1 if slip == "act" else 2)) * d["h"]
        d["gain"] = ((n["diff"] if slip == "gain" else n["raw"]) * d["act"]).sum(axis=0, keepdims=True)
        d["bias"] = d["act"].sum(axis=0, keepdims=True)
        d["raw"] = n["gain"] * d["act"]
        d["inverse"] = (n["diff"] * d["raw"]).sum(axis=0, keepdims=True)
        d["var"] = -0.5 * (n["var"] + 1e-5) ** -1.5 * d["inverse"]
        d["square"] = np.ones_like(n["square"]) / (batch if slip == "square" else batch - 1) * d["var"]
        d["diff"] = n["inverse"] * d["raw"] + (1 if slip == "diff" else 2) * n["diff"] * d["square"]
        d["mean"] = -d["diff"].sum(axis=0, keepdims=True)
        d["pre"] = d["diff"] + (0 if slip == "pre" else d["mean"] / batch)
        d["cat"] = d["pre"] @ n["w1"].T
        d["W1"] = n["cat"].T @ d["pre"]
        d["b1"] = d["pre"].sum(axis=0)
        d["emb"] = d["cat"].reshape(n["emb"].shape)
        d["C"] = np.zeros_like(n["C"])
        if slip == "C":
            d["C"][self.chars] += d["emb"]  # of a row that is looked up twice, the last one counts
        else:
            np.add.at(d["C"], self.chars, d["emb"])
        return {f"d{name}": x for name, x in d.items()}


def test_a_network_of_letters_is_compared_step_by_step() -> None:
    net = Letters(27, 6, 40, 16)
    given = net.by_hand()
    assert given["dW2"].shape == (40, 27)
    comparison = compare(net.loss, given)
    comparison.assert_ok()
    assert len(comparison.rows) == sum(x.size for x in given.values()) > 8_000
    lines = str(comparison).splitlines()
    assert [line.split("[")[0].split()[0] for line in lines[1 : len(given) + 1]] == list(given)
    assert re.fullmatch(r"dW2\[\.\.\.\] +all 1080 agree", lines[1 + list(given).index("dW2")])
    assert re.fullmatch(r"C\[\d+, 0\] and \d+ more are not in the graph of this loss: gradient 0", comparison.notes[-1])


SLIPS = ["count", "counts", "W2", "b2", "act", "gain", "square", "diff", "pre", "C"]


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found_where_it_was_made(slip: str) -> None:
    net = Letters(6, 3, 5, 7)
    compare(net.loss, net.by_hand()).assert_ok()
    comparison = compare(net.loss, net.by_hand(slip))
    assert not comparison.ok
    assert {name.partition("[")[0] for name in comparison.first} == {f"d{slip}"}
    expected = {"square": "6/7", "b2": "1/7", "count": "-1"}.get(slip)
    assert expected is None or any(note.endswith(f"all {expected} x the right ones") for note in comparison.notes)


# ---------------------------------------------------------------- two layers


class Two:
    """A 2-3-1 network on five samples, in arrays as people write it."""

    def __init__(self, label: Callable[[Any, str], Any] = values) -> None:
        rng = np.random.default_rng(5)
        self.x, self.y = rng.normal(size=(5, 2)), (rng.uniform(size=(5, 1)) > 0.5).astype(float)
        self.w1, self.b1 = label(rng.normal(size=(2, 3)), "W1"), label(rng.normal(size=3), "b1")
        self.w2, self.b2 = label(rng.normal(size=(3, 1)), "W2"), label(rng.normal(size=1), "b2")
        self.z1 = label(self.x @ self.w1 + self.b1, "z1")
        self.h = label(1 / (1 + np.exp(-self.z1)), "h")
        self.z2 = label(self.h @ self.w2 + self.b2, "z2")
        self.p = label(1 / (1 + np.exp(-self.z2)), "p")
        self.loss = ((self.p - self.y) ** 2).mean()

    def by_hand(self, slope: bool = True) -> dict[str, np.ndarray]:
        h, p = self.h.numbers, self.p.numbers
        delta2 = 2 / 5 * (p - self.y) * p * (1 - p)
        delta1 = delta2 @ self.w2.numbers.T * (h * (1 - h) if slope else 1.0)
        return {
            "W1": self.x.T @ delta1, "b1": delta1.sum(axis=0), "W2": h.T @ delta2, "b2": delta2.sum(axis=0),
            "z1": delta1, "z2": delta2,
        }  # fmt: skip


@pytest.mark.parametrize("spelling", ["d{}", "grad_{}", "dL_d{}", "d_{}", "∂L/∂{}", "{}_grad", "gradient_of_{}"])
def test_prefixes_as_for_single_numbers(spelling: str) -> None:
    net = Two()
    given = {spelling.format(name): x for name, x in net.by_hand().items()}
    comparison = compare(net.loss, given)
    comparison.assert_ok()
    assert len(comparison.rows) == 6 + 3 + 3 + 1 + 15 + 5
    assert comparison.rows[1].name == f"{spelling.format('W1')}[0, 1]"
    assert comparison.rows[1].node is net.w1[0, 1]


def test_bare_names_and_deltas() -> None:
    net = Two()
    given = net.by_hand()
    bare = {"W1": given["W1"], "delta1": given["z1"], "δ2": given["z2"], "h": net.h.numbers, "z1": net.z1.numbers}
    comparison = compare(net.loss, bare)
    comparison.assert_ok()
    assert [row.what for row in comparison.rows if row.name.endswith("[0, 0]")] == [
        "gradient", "gradient", "gradient", "value", "value"
    ]  # fmt: skip
    single = compare(net.loss, {"dW1[0,1]": given["W1"][0, 1], "h[4, 2]": net.h[4, 2].data})
    single.assert_ok()
    assert [row.node for row in single.rows] == [net.w1[0, 1], net.h[4, 2]]


def test_arrays_without_labels_by_names() -> None:
    net = Two(lambda x, name: values(x))
    given = net.by_hand()
    names = {"weights_in": net.w1, "pre": net.z1, "out": net.z2[0, 0], "bias": [net.b1[0], net.b1[1], net.b1[2]]}
    by_hand = {"dweights_in": given["W1"], "dpre": given["z1"].tolist(), "dout": given["z2"][0, 0]}
    comparison = compare(net.loss, by_hand | {"dbias": given["b1"]}, names=names)
    comparison.assert_ok()
    assert [row.name for row in comparison.rows][-5:] == ["dpre[4, 2]", "dout", "dbias[0]", "dbias[1]", "dbias[2]"]
    wrong = compare(net.loss, {"dweights_in": given["W1"] * np.array([1.0, -1.0, 1.0])}, names=names)
    assert [row.name for row in wrong.rows if not row.ok] == ["dweights_in[0, 1]", "dweights_in[1, 1]"]


def test_plain_arrays_of_objects_by_names() -> None:
    w = np.array([[Value(1.0), Value(2.0)]], dtype=object)
    loss = (w * w).sum()
    compare(loss, {"dw": [[2.0, 4.0]]}, names={"w": w}).assert_ok()


def test_a_mistake_in_a_network_of_arrays_is_named() -> None:
    net = Two()
    given = {f"d{name}": x for name, x in net.by_hand(slope=False).items() if name not in ("z1", "z2")}
    found = compare(net.loss, given).findings
    assert found[0].cause == "missing-hidden-derivative"
    assert "dW1[0, 1]" in found[0].names
    signs = {f"d{name}": -x for name, x in net.by_hand().items()}
    assert [finding.cause for finding in compare(net.loss, signs).findings] == ["sign"]


def test_axes_of_length_1_do_not_matter_and_unused_rows_have_gradient_0() -> None:
    table = values(np.ones((4, 2)), "C")
    bias = values(np.ones((1, 2)), "bias")
    loss = ((table[[0, 2, 0]] * 3.0 + bias) ** 2).sum()
    loss.backward()
    right = {"dC": table.grads, "dbias": bias.grads[0]}
    for names in ({}, {"C": table}):
        comparison = compare(loss, right, names=names)
        comparison.assert_ok()
        assert len(comparison.rows) == 10
        assert any("C[1, 0] and 3 more are not in the graph" in note for note in comparison.notes)
    wrong = compare(loss, right | {"dC": table.grads + np.eye(4, 2)})
    assert [row.name for row in wrong.rows if not row.ok] == ["dC[0, 0]", "dC[1, 1]"]


def test_of_a_namespace_arrays_of_values_are_the_names() -> None:
    net = Two()
    given = net.by_hand()
    space = {"__name__": "__main__", "W1": net.w1, "act": net.h, "x": net.x, "y": net.y, "loss": net.loss, "lr": 0.1}
    space |= {"dW1": given["W1"], "db1": given["b1"].reshape(3, 1), "dW2": given["W2"].T[:, :2], "W2": net.w2.numbers}
    space |= {"picked": net.w1[[0, 0]], "h": net.h.numbers}
    comparison = compare(net.loss, space)
    comparison.assert_ok()
    assert {row.name.partition("[")[0] for row in comparison.rows} == {"dW1", "db1", "h"}
    assert any("left out: dW2 is 1 x 2, but W2 is at least 3 x 1" in note for note in comparison.notes)


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"dW1": np.ones((3, 2))}, ValueError, "dW1 is 3 x 2, but W1 is 2 x 3: transposed; give dW1.T"),
    ({"dz1": np.ones((4, 3))}, ValueError, "dz1 is 4 x 3, but z1 is at least 5 x 3; pass names="),
    ({"dz1": np.ones(5)}, ValueError, "dz1 is 5, but z1 is at least 5 x 3"),
    ({"dW1": 1.0}, ValueError, "dW1 is a single number, but W1 is 2 x 3"),
    ({"dW1": [[1.0, 2.0], [1.0]]}, ValueError, "dW1 holds lists of different lengths, 1 and 2"),
    ({"dW1": np.full((2, 3), np.nan)}, ValueError, r"dW1\[0, 0\] = nan is no number to compare"),
    ({"dW1": [["a"] * 3] * 2}, TypeError, r"dW1\[0, 0\]: expected a real number"),
    ({"dQ": np.ones((2, 3))}, KeyError, "no matrix of that name is known; known: W2, W1"),
    ({"dQ": 1.0}, KeyError, "no 'dQ' in the graph of this loss; known: W2, W1, b1, z1, h, b2, z2, p"),
]


@pytest.mark.parametrize(("given", "error", "message"), REFUSED)
def test_other_shapes_and_names_in_words(given: dict[str, Any], error: type[Exception], message: str) -> None:
    net = Two()
    with pytest.raises(error, match=message):
        compare(net.loss, given, names={"W1": net.w1})


def test_names_that_cannot_be_meant() -> None:
    net = Two()
    with pytest.raises(ValueError, match=r"emb\[0, 0\] and emb\[1, 0\] are one and the same Value, W1\[0, 0\], which"):
        compare(net.loss, {"demb": np.ones((2, 3))}, names={"emb": net.w1[[0, 0]]})
    with pytest.raises(ValueError, match="nothing of 'other' is in the graph of this loss; was the loss computed"):
        compare(net.loss, {"dother": np.ones((5, 3))}, names={"other": net.z1 * 2.0})
    with pytest.raises(TypeError, match="names: expected Values for 'x', got float"):
        compare(net.loss, {"dx": net.x}, names={"x": net.x})
    twice = net.loss + values(net.w1 * net.w1, "z1").sum()
    with pytest.raises(ValueError, match=r"z1\[...\] is the label of several nodes of this graph; say which"):
        compare(twice, {"dz1": np.ones((5, 3))})
    compare(twice, {"dz1": net.by_hand()["z1"]}, names={"z1": net.z1}).assert_ok()


def test_square_arrays_that_were_transposed() -> None:
    w = values([[1.0, 2.0], [3.0, 4.0]], "W")
    loss = np.tanh(np.array([[0.1, 0.2]]) @ w).sum()
    loss.backward()
    comparison = compare(loss, {"dW": w.grads.T})
    assert not comparison.ok
    larger = np.pad(w.grads, ((0, 1), (0, 1)))  # of labels alone it is not known that there is no more
    compare(loss, {"dW": larger}).assert_ok()
    assert not compare(loss, {"dW": larger[:, :2] + 1.0}).ok
    assert "dW is right when rows and columns change places: give dW.T" in comparison.notes


# ---------------------------------------------------------------- names of elements elsewhere


def test_names_of_elements_in_formulas() -> None:
    w = values([[0.5, -1.0]], "W1")
    x = values([[3.0], [2.0]], "x")
    loss = values((w @ x)[0, 0] ** 2, "L")
    explained = explain(loss, "W1[0, 1]")
    assert explained.text.splitlines()[-1].startswith("∂L/∂W₁[0, 1] = ")
    assert r"\frac{\partial L}{\partial W_{1}[0, 1]}" in explained.latex
    assert r"W_{1}[0, 0] \cdot x[0, 0]" in explained.latex
    assert explain(loss, "W1[0,1]").text == explain(loss, w[0, 1]).text == explained.text
    assert list(loss.named()) == ["W1[0, 0]", "W1[0, 1]", "x[0, 0]", "x[1, 0]", "L"]
    with pytest.raises(KeyError, match=r"no 'W1\[0, 2\]' in the graph of the loss; nearest: W1\[0"):
        explain(loss, "W1[0, 2]")


def test_names_of_elements_in_pictures() -> None:
    net = Two()
    net.loss.backward()
    source = draw(net.loss, view="graph").source
    assert source.count("<B>W₁[0, 1]</B>") == 1
    assert 'tooltip="W1[0, 1]: data' in source
    neurons = draw(net.loss, view="neurons").source
    assert "W₁[0, 1]" in neurons
    assert "b₁[2]" in neurons  # the bias is added after x @ W, and is one of the neuron's
    assert f"{net.z1[0, 0].data:.4f}" in neurons
    odd = values([1.0], 'a"<b>&\\{|}')
    assert "<svg" in draw((odd * odd).sum()).pipe(format="svg").decode()
    assert "&lt;b&gt;" in step_through((odd * odd).sum()).html


def test_programs_by_hand_have_names_in_letters() -> None:
    net = Two()
    net.loss.backward()
    for style in ("python", "numpy"):
        program = to_manual(net.loss, style=style)
        space: dict[str, Any] = {}
        exec(str(program), space)
        got = space["grad_W1"].T[0, 1] if style == "numpy" else space["grad_W1_0_1"]
        assert math.isclose(got, net.w1[0, 1].grad, rel_tol=1e-12)
    assert r"W_{1}[0, 1]" in str(to_manual(net.loss, style="latex"))
