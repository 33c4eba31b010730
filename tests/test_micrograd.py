"""What runs with micrograd runs here, with the numbers that micrograd and PyTorch give."""

import random

import pytest

from autograd import Value
from nn import MLP, Neuron


def polynomial_with_kinks(x: Value) -> Value:
    """The first expression of micrograd's test-suite: sums, products, a product with itself, two relus."""
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x


def every_operator(a: Value, b: Value) -> Value:
    """The example of micrograd's README, also the second expression of its test-suite."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    f = (c - d) ** 2
    g = f / 2.0
    g += 10.0 / f
    return g


def test_the_readme_of_micrograd() -> None:
    a, b = Value(-4.0), Value(2.0)
    g = every_operator(a, b)
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


# Recorded from PyTorch 2.13 in double precision.
@pytest.mark.parametrize(
    ("at", "value", "slope"),
    [(-4.0, -20.0, 46.0), (1.5, 82.875, 90.25), (-0.3, 1.7489999999999997, 9.61), (3.0, 297.0, 202.0)],
)
def test_the_first_expression(at: float, value: float, slope: float) -> None:
    x = Value(at)
    y = polynomial_with_kinks(x)
    y.backward()
    assert y.data == pytest.approx(value, rel=1e-15)
    assert x.grad == pytest.approx(slope, rel=1e-15)


@pytest.mark.parametrize(
    ("at", "value", "slopes"),
    [
        ((-4.0, 2.0), 24.70408163265306, (138.83381924198252, 645.5772594752186)),
        ((1.5, -0.7), 165.94146457994464, (134.7739148559957, -649.1003142523903)),
        ((-0.3, 0.2), 5.665832413650234, (3.6812101442854672, 11.871902715320633)),
        ((3.0, 5.0), 1414562.0000035346, (100919.99999974782, 1576033.9999960617)),
    ],
)
def test_the_second_expression(at: tuple[float, float], value: float, slopes: tuple[float, float]) -> None:
    a, b = map(Value, at)
    g = every_operator(a, b)
    g.backward()
    assert g.data == pytest.approx(value, rel=1e-14)
    assert (a.grad, b.grad) == pytest.approx(slopes, rel=1e-13)


POINTS = [(0.1, 0.7), (0.9, -0.2), (-0.4, 0.5), (0.3, -0.8), (-0.6, -0.6), (0.5, 0.4)]
CLASSES = [1, -1, 1, -1, -1, 1]

# Recorded from micrograd 0.1.0 with the same lines and the same seed.
LOSSES = [
    0.8150604210310716, 0.7469906682317531, 0.6768562345943422, 0.6269590557473589, 0.5799215234168509,
    0.5377629907941015, 0.48883098401603364, 0.45238141508911767, 0.4065712499553533, 0.35327214615688163,
    0.3042826718105731, 0.2571235287316168,
]  # fmt: skip


def test_a_training_written_for_micrograd_gives_its_losses() -> None:
    random.seed(1337)
    model = MLP(2, [4, 4, 1])
    parameters = model.parameters()
    assert len(parameters) == 37
    assert parameters[0].data == 0.23550571390294128
    found = []
    for _ in LOSSES:
        scores = [model(list(map(Value, point))) for point in POINTS]
        losses = [(1 + -y * score).relu() for y, score in zip(CLASSES, scores, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
        model.zero_grad()
        loss.backward()
        found.append(loss.data)
        for p in parameters:
            p.data -= 0.2 * p.grad
    assert found == pytest.approx(LOSSES, rel=1e-13)
    assert sum(abs(p.grad) for p in parameters) == pytest.approx(2.2569743153702335, rel=1e-12)


def test_gradients_set_to_0_by_hand_as_micrograd_does() -> None:
    neuron = Neuron(2)
    for p in neuron.parameters():
        p.grad = 0
    neuron([1.0, -2.0]).backward()
    for p in neuron.parameters():
        p.data += -0.01 * p.grad


def test_data_is_a_plain_number() -> None:
    a = Value(2)
    a.data = 3
    assert (a * a).data == 9.0
    assert (a * a).grad == 0
