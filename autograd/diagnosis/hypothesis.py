"""What a mistake is to the diagnosis, and how each kind of it is put right."""

from typing import NamedTuple

from autograd.diagnosis.textbook import Change

EVERYWHERE, ONE_LAYER, ONE_PLACE = range(3)
"""How particular a mistake is: simpler ones come first."""

PERMUTED_AT_MOST = 8
"""With more units than this, only neighbours are exchanged."""


class Hypothesis(NamedTuple):
    """One mistake at one place.

    cause    its code
    formula  what is computed with it, in textbook notation
    change   the same for `textbook.backward`
    rank     EVERYWHERE, ONE_LAYER or ONE_PLACE
    place    where, in words
    unknown  whether it has a learning rate to be solved for
    local    whether it can be made in a single neuron
    paired   whether it is tried together with another
    """

    cause: str
    formula: str
    change: Change
    rank: int = EVERYWHERE
    place: str = "everywhere"
    unknown: bool = False
    local: bool = False
    paired: bool = True


REMEDIES = {
    "summed-not-averaged": "divide by the number of terms that the loss averages, once",
    "averaged-twice": "divide by the number of terms once: either in δ or in the gradients",
    "bias-averaged-differently": "average the gradients of weights and biases alike",
    "factor-two": "(ŷ - y)² has the slope 2(ŷ - y), and ½(ŷ - y)² has ŷ - y",
    "sign": "take ŷ - y, not y - ŷ, and keep every minus on the way",
    "updated-weight": "compute all gradients with the old weights first, then update them all",
    "missing-output-derivative": "multiply ∂L/∂ŷ by the slope of the output's activation",
    "extra-output-derivative": "cross-entropy and σ or softmax together give ŷ - y: the slope cancels, leave it out",
    "missing-hidden-derivative": "multiply Σ δ·w by the slope f'(z) of the hidden unit's activation",
    "derivative-at-activation": "take f' at z, not at h = f(z)",
    "shortcut-at-preactivation": "h(1 - h) and 1 - h² take the activation h, not the weighted sum z",
    "half-derivative": "the slope of σ is h times (1 - h), of tanh (1 - h) times (1 + h): keep both factors",
    "wrong-activation-derivative": "take the slope of the activation that the layer has",
    "wrong-layer-activation": "take slope and activation of the very unit whose δ it is",
    "gradient-for-weight": "carry δ down by the weights W, not by their gradients dW",
    "missing-weight": "multiply the δ above by the weight that it comes through",
    "swapped-weights": "carry δ down to a unit by the weight that goes out of that unit",
    "transposed": "entry (neuron, input) of dW belongs to the weight from that input to that neuron",
    "swapped-inputs": "∂L/∂w is δ times the input that w multiplies",
    "preactivation-for-activation": "the input of the next layer is h, not z",
    "bias-zero": "a bias has a gradient too: δ",
    "bias-one": "the gradient of a bias is δ · 1, not 1",
    "bias-with-input": "the gradient of a bias is δ alone: its input is 1",
    "last-sample-only": "add the shares of all samples and paths up: += where = stands",
    "not-zeroed": "set the gradients to 0 before each backward pass",
    "learning-rate-folded-in": "the learning rate belongs into the update, not into the gradient",
    "divided-by-outputs": "cross-entropy is a sum over classes: do not divide by their number",
    "exp-derivative": "the slope of exp(x) is exp(x) itself",
    "relu-mask": "relu lets the gradient through where z > 0, whatever the sign of the gradient, and nowhere else",
}
"""How each mistake is put right."""

CODES = tuple(REMEDIES)
"""The codes of all mistakes, simplest first where two explain the same numbers."""
