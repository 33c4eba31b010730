"""The live page without a browser: what stands in it, how large it is, and what cannot be explored."""

import json
import math
import pickle
import random
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest

from autograd import Value, cosh, dot, explore, step_through
from autograd.exploration.page import Page
from autograd.exploration.sampled import evaluated as loss_at
from autograd.exploration.sampled import of_model
from autograd.exploration.scripts import _aligned
from autograd.exploration.subject import Subject, of_loss
from nn import MLP, SGD, History, bce, cross_entropy, fit, hinge, l2_penalty, mse
from tests.pictures import chain, document, micrograd, moons, small

CLIENT = files("autograd.exploration") / "client"


class Scripts(HTMLParser):
    """The elements of a page, and the content of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.scripts: list[str] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.links += [value or "" for name, value in attributes if name in ("src", "href", "action", "data")]
        self.handlers += [name for name, _ in attributes if name.startswith("on") or name == "style"]
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data


def data(page: Page) -> Any:
    return json.loads(Scripts(page.html).scripts[0])


def points(count: int = 20, seed: int = 3) -> list[list[float]]:
    rng = random.Random(seed)
    return [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(count)]


# ---------------------------------------------------------------- the steps


def texts(page: Page, phase: str) -> list[str]:
    return [step.text for step in page.steps if step.phase == phase]


def test_the_walk_of_the_worked_example_is_the_textbooks() -> None:
    page = step_through(document())
    assert texts(page, "forward")[-1].startswith("L = −(y·ln(ŷ) + (1 − y)·ln(1 − ŷ)) = ")
    backward = texts(page, "backward")
    assert backward[0] == "δ₃ = ŷ − y = 0.0011579 − 1 = −0.99884"
    names = "δ₃ ∂L/∂w₅ ∂L/∂w₆ ∂L/∂b₃ δ₁ ∂L/∂w₁ ∂L/∂w₂ ∂L/∂b₁ δ₂ ∂L/∂w₃ ∂L/∂w₄ ∂L/∂b₂ ∂L/∂x₁ ∂L/∂x₂"
    assert [step.name for step in page.steps if step.phase == "backward"] == names.split()
    assert len(texts(page, "update")) == 9
    assert not any("∂L/∂L" in text for text in backward)
    without = step_through(document(), inputs=False)
    assert [step.name for step in without.steps if step.phase == "backward"] == names.split()[:-2]


def test_a_bias_of_zero_is_not_dropped() -> None:
    model = MLP(2, [2, 1], "sigmoid", "sigmoid", rng=random.Random(0))
    model.load_named({"b1": 0.0, "b2": 0.0, "b3": 0.0})
    forward = texts(step_through(bce(model([0.5, 0.25]), 1)), "forward")
    assert forward[0].startswith("z₁ = w₁·x₁ + w₂·x₂ + b₁ = ") and " + 0 = " in forward[0]


def test_where_paths_meet_every_value_has_a_card_and_a_line() -> None:
    x = Value(3.0, "x")
    page = step_through(x * x + x)
    assert texts(page, "forward") == ["v₁ = x·x = 3·3 = 9", "L = v₁ + x = 9 + 3 = 12"]
    assert texts(page, "backward")[-1].endswith("= 7")


def test_stepping_touches_no_gradient_and_takes_the_point_of_evaluation() -> None:
    w = Value(2.0, "w")
    y = w * w
    w.data = 100.0
    page = step_through(y)
    assert not w.has_grad and not y.has_grad and w.data == 100.0
    assert data(page)["start"] == [2.0]
    assert texts(page, "backward")[-1].endswith("= 4")


def test_values_without_names_and_a_lone_one_have_pages() -> None:
    assert [step.phase for step in step_through(Value(1.0)).steps] == ["given", "backward", "update"]
    names = [name["v"] for name in data(step_through((Value(2.0) * 3.0).tanh()))["names"]]
    assert names == ["v₀", "v₁", "L"]
    assert len(data(explore(chain(1500)))["names"]) == 1501


# ---------------------------------------------------------------- the graph of a model


def test_a_literal_target_becomes_a_leaf() -> None:
    subject = of_loss(document())
    assert [leaf.label for leaf in subject.targets] == ["y"] and subject.targets[0].data == 1.0
    assert [leaf.label for leaf in subject.inputs] == ["x1", "x2"]
    assert subject.root.data == document().data
    assert len(subject.parameters) == 9


def test_leaves_are_told_apart_by_their_names() -> None:
    theta, x, t = Value(0.5, "theta1"), Value(2.0, "x_1"), Value(1.0, "t")
    subject = of_loss((theta * x.exp() - t) ** 2)
    assert [leaf.label for leaf in subject.parameters] == ["theta1"]
    assert [leaf.label for leaf in subject.inputs] == ["x_1", "t"]


def test_numbers_of_the_model_are_left_alone() -> None:
    model = MLP(2, [2, 1], "tanh", rng=random.Random(1))
    before = model.state_dict()
    subject = explore(model, points(), [1.0] * 20, loss=mse).subject
    assert model.state_dict() == before and not any(p.has_grad for p in model.parameters())
    assert [subject.origin[p] for p in subject.parameters] == model.parameters()


def evaluated(subject: Subject, other: Subject, leaves: list[float]) -> list[float]:
    return _aligned(subject, other).run(leaves, lambda op, xs: op.evaluate(xs))


def test_where_targets_are_classes_each_has_its_graph_on_the_same_places() -> None:
    model = MLP(2, [3, 3], "tanh", rng=random.Random(2))
    samples, targets = points(12), [0, 1, 2] * 4
    subject = of_model(model, samples, targets, cross_entropy, "explore")
    assert list(subject.classes) == [0.0, 1.0, 2.0] and subject.targets == []
    for y in (0, 1, 2):
        loss = cross_entropy(model(samples[5]), y)
        loss.backward()
        named = dict(zip(subject.inputs, samples[5], strict=True))
        leaves = [named.get(node, node.data) for node in subject.order if node.op is None]
        found = evaluated(subject, subject.classes[float(y)], leaves)
        count = len(subject.order)
        assert found[0] == pytest.approx(loss.data, rel=1e-14)
        slopes = dict(zip(subject.order, found[1 + count :], strict=True))
        for p in subject.parameters:
            assert slopes[p] == pytest.approx(subject.origin[p].grad, rel=1e-12, abs=1e-18)
        for p in model.parameters():
            p.grad = 0.0


def test_the_probabilities_of_a_softmax_follow_the_numbers() -> None:
    page = explore(MLP(2, [2, 3], "tanh", rng=random.Random(2)), points(6), [0, 1, 2] * 2, loss=cross_entropy)
    kinds = {reference[0] for lines in data(page)["lines"] for line in lines["g"].values() for reference in line[1]}
    assert kinds == {"v", "g", "x", "c"}  # "c" is the target, 0 or 1, which the class says


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (lambda: explore(document()), 150),
        (lambda: explore(MLP(2, [2, 1], "tanh"), points(100), [1.0] * 100, loss=mse), 150),
        (lambda: explore(MLP(2, [16, 16, 1]), points(100), [1.0] * 100, loss=hinge), 500),
        (lambda: explore(micrograd()), 200),
    ],
)
def test_pages_are_small(make: Callable[[], Page], limit: int) -> None:
    assert len(make().html) < 1000 * limit


HOSTILE = [
    "</script><script>x()</script>",
    "<img src=x onerror=x()>",
    '"quoted" \\ {a|b} {{data}} {{title}}',
    "two\nlines\x00\x1b",
    "\u202eshalom שלום",
    "🧑‍🏫",
    "<!--<script x",
    "</script x",
    "]]>&amp;\u2028",
    "`${x()}`",
    "long " * 2000,
]


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_stay_text_in_the_page(label: str) -> None:
    a, b = Value(2.0, label), Value(3.0, "w1")
    y = a * b
    y.label = label
    plain, network = explore(y), MLP(2, [2, 1], "tanh")
    network.parameters()[0].label = label
    for page in (plain, explore(network, points(4), [0.0, 1.0] * 2, loss=mse)):
        found = Scripts(page.html)
        assert found.tags["script"] == 2 and not found.tags["img"] and not found.tags["iframe"]
        assert found.links == ["data:,"] and found.handlers == []
        assert label in json.loads(found.scripts[0])["labels"]
        assert "x()" not in found.scripts[1]
    assert len(plain.html) < 150_000


def test_a_page_asks_nothing_of_the_network_and_is_saved_whole(tmp_path: Path) -> None:
    page = explore(document())
    text = Path(page.save(tmp_path / "new" / "page.html")).read_text(encoding="utf-8")
    assert text == page.html and text.startswith("<!DOCTYPE html>") and not re.search(r"\{\{\w+\}\}", text)
    assert "http" not in re.sub(r'"http://www.w3.org/[\w/]+"', "", text).replace("http-equiv", "").replace("https?", "")
    policy = re.search(r'content="(default-src[^"]*)"', text)
    assert policy and "default-src 'none'" in policy[1] and "unsafe" not in policy[1] and "connect" not in policy[1]
    assert page._repr_html_().count("<iframe ") == 1 and 'sandbox="allow-scripts"' in page._repr_html_()
    assert repr(page) == '<live page of 12 numbers to change: .save("page.html"), or show it in a notebook>'
    with pytest.raises(ValueError, match=r"suffix is '\.pdf', expected \.html or \.htm"):
        page.save(tmp_path / "page.pdf")


def test_the_same_is_the_same_page() -> None:
    assert explore(small()).html == explore(small()).html


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [1, 2])
def test_it_can_be_read_in_light_and_in_dark(scheme: int) -> None:
    css = (CLIENT / "page.css").read_text(encoding="utf-8")
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    colour = {found[0]: found[scheme] for found in pairs}
    for ground in ("page", "raised", "card", "step-head", "input-head", "rose-head", "parameter-head"):
        assert contrast(colour["ink"], colour[ground]) >= 7.0
        assert contrast(colour["quiet"], colour[ground]) >= 4.5
    for line in ("plus", "minus", "none", "rose", "input", "glow"):
        assert contrast(colour[line], colour["card"]) >= 2.4


# ---------------------------------------------------------------- what cannot be explored


def test_what_cannot_be_explored_says_why() -> None:
    model, two = MLP(2, [2, 1], "sigmoid", "sigmoid"), [[0.0, 1.0], [1.0, 0.0]]
    expectations: list[tuple[type[Exception], str, Callable[[], Any]]] = [
        (TypeError, r"step_through\(\) got a float; expected a Value", lambda: step_through(cast(Any, 3.0))),
        (TypeError, r"explore\(\) of a model needs a loss", lambda: explore(model, two, [0, 1])),
        (TypeError, r"explore\(\) of a model needs X", lambda: explore(model, loss=bce)),
        (TypeError, r"explore\(\) of a model needs y", lambda: explore(model, two, loss=bce)),
        (ValueError, "2 samples but 1 targets", lambda: explore(model, two, [0], loss=bce)),
        (ValueError, "different sizes", lambda: explore(model, [[0.0], [1.0, 0.0]], [0, 1], loss=bce)),
        (ValueError, "expected a list of 2 inputs, got 1", lambda: explore(model, [[0.0]], [0], loss=bce)),
        (ValueError, "got view='map'; the views are", lambda: explore(document(), view="map")),
        (ValueError, "no neuron is in this graph", lambda: explore(micrograd(), view="network")),
        (ValueError, "4,001 values, and a page carries at most 2,000", lambda: explore(chain(4000))),
        (ValueError, "needs a derivative everywhere", lambda: explore(Value(0.0).sqrt())),
    ]
    for kind, message, make in expectations:
        with pytest.raises(kind, match=message):
            make()


def test_a_model_that_branches_on_numbers_is_found_out() -> None:
    w = Value(2.0, "w1")

    def model(x: list[Any]) -> Value:
        return w * x[0] if x[0] > 0 else w * x[0] * x[0] + 1.0

    with pytest.raises(ValueError, match="branch on numbers"):
        explore(model, [[0.5], [-0.5]], [0.25, 0.75], loss=mse)


# ---------------------------------------------------------------- a training that was


def trained(epochs: int = 300, **options: Any) -> tuple[MLP, History]:
    model = MLP(2, [2, 1], "tanh", "sigmoid", rng=random.Random(4))
    samples = points()
    targets = [float(a * b > 0) for a, b in samples]
    optimizer = SGD(model.parameters(), lr=0.5)
    history = fit(model, samples, targets, loss=bce, optimizer=optimizer, epochs=epochs, progress=False, **options)
    return model, history


WAYS = [
    {},
    {"backend": "eager"},
    {"backend": "python"},
    {"backend": "llvm"},
    {"batch_size": 1},
    {"record_parameters": True},
]


@pytest.mark.parametrize("options", WAYS)
def test_every_history_can_be_gone_through(options: dict[str, Any]) -> None:
    """The frames are those of a training of so many epochs."""
    model, history = trained(60, **options)
    past = data(history.explore())["history"]
    assert past["epochs"][0] == 0 and past["epochs"][-1] == 60 and len(past["epochs"]) >= 50
    assert past["frames"][-1] == [p.data for p in model.parameters()]
    assert past["one"] is (options.get("batch_size") == 1)
    for place in (0, 7, 30):
        epochs = past["epochs"][place]
        other, _ = (
            trained(epochs, **options) if epochs else (MLP(2, [2, 1], "tanh", "sigmoid", rng=random.Random(4)), 0)
        )
        assert past["frames"][place] == pytest.approx([p.data for p in other.parameters()], rel=1e-12)
    assert past["losses"] == pytest.approx(history.losses, rel=1e-5)
    assert data(history.step_through())["lr"] == 0.5


@pytest.mark.parametrize("view", ["neurons", "network"])
def test_the_page_of_a_training_minimises_what_was_minimised(view: str) -> None:
    def penalty(model: Any) -> Any:
        return l2_penalty([p for name, p in model.named_parameters().items() if name[0] == "w"], 0.05)

    model, history = trained(3, penalty=penalty)
    _, plain = trained(3)
    subject = explore(history).subject
    losses = [loss_at(subject, dict(zip([*subject.inputs, *subject.targets], [*x, *y], strict=True)))
              for x, y in subject.samples]  # fmt: skip
    squares = sum(p.data**2 for name, p in model.named_parameters().items() if name[0] == "w")
    wanted = [bce(model(x), float(x[0] * x[1] > 0)).data + 0.05 * squares for x in points()]
    assert losses == pytest.approx(wanted, rel=1e-12)
    assert history.losses[0] == pytest.approx(plain.losses[0] + 0.05 * squares, rel=0.1)
    assert "A 2-2-1 network, live" in explore(history, view=view).html


def test_long_trainings_are_thinned_and_large_models_too() -> None:
    _, history = trained(30_000)
    assert history.recording is not None and len(history.recording.frames) == 50
    page = explore(history)
    past = data(page)["history"]
    assert past["stride"] == 8 and len(past["losses"]) == 3750 and len(page.html) < 300_000
    model = MLP(200, [100, 1])
    samples = [[0.0] * 200] * 2
    wide = fit(model, samples, [0.0, 1.0], loss=mse, optimizer=SGD(model.parameters(), lr=0.1), epochs=30,
               backend="eager", progress=False)  # fmt: skip
    assert wide.recording is not None and len(wide.recording.frames) == 9


def test_a_training_that_ends_early_is_recorded_to_its_end() -> None:
    def stop(epoch: int, history: History) -> None:
        if epoch == 6:
            raise KeyboardInterrupt

    model, history = trained(100, on_epoch=stop)
    assert history.recording is not None
    assert history.recording.frames[-1][0] == history.epochs
    assert list(history.recording.frames[-1][1]) == [p.data for p in model.parameters()]


def test_a_history_from_a_file_is_told_what_was_trained() -> None:
    model, history = trained(10, record_parameters=True)
    again = pickle.loads(pickle.dumps(history))
    assert again == history and again.recording is None
    samples = points()
    targets = [float(a * b > 0) for a, b in samples]
    with pytest.raises(TypeError, match="does not know what was trained"):
        explore(again)
    page = step_through(again, model, samples, targets, loss=bce)
    assert data(page)["history"]["epochs"] == list(range(1, 11))
    again.parameters = []
    with pytest.raises(ValueError, match="record_parameters=True"):
        step_through(again, model, samples, targets, loss=bce)
    with pytest.raises(ValueError, match="history of another model"):
        step_through(history, MLP(2, [3, 1], "tanh", "sigmoid"), samples, targets, loss=bce)


def test_a_page_says_of_what_it_is() -> None:
    title = "<title>(.*)</title>"
    assert "A 2-2-1 network, live" in re.findall(title, explore(small()).html)
    w, u = Value(0.5, "w"), Value(-0.2, "u")
    h: Value = Value(0.0, "h0")
    for x in (0.1, 0.2, 0.3):
        h = dot([w, u], [Value(x), h], 0.1).tanh()
    page = explore(h)
    assert "A recurrent network of 3 steps, live" in re.findall(title, page.html)
    assert "those of all steps" in page.html
    assert re.findall(title, explore(micrograd()).html) == ["L, and where it comes from"]


def test_kinks_and_infinities_have_pages() -> None:
    assert '"inf"' in explore(Value(math.inf, "x") * 2.0).html
    assert explore(cosh(Value(1.0, "x"))).html
    assert explore(moons(1)).html
