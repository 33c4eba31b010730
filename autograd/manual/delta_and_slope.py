"""The steps that a derivation by neurons and one by matrices have in common: what stands for δ and for slopes."""

from typing import Any

from autograd.manual.changed_steps import Recipe
from autograd.manual.derived_network import H, Lesson, P, Y, Z
from autograd.manual.forms import CANCELS, replaced
from autograd.ops import sigmoid


def error(lesson: Lesson, top: str, z: Any, p: Any, y: Any, q: tuple[Any, Any]) -> tuple[Any, str]:
    """δ of an output by z, prediction p and target y, and what is said about it; `top` as in `Recipe`.

    q  of a softmax, its probability and the form of q - y that is written
    """
    at = {Z: z, P: p, H: p, Y: y}
    probability, softmax_error = q
    form, slope = lesson.by_output, lesson.slopes[-1]
    if lesson.loss is None:
        value, note = softmax_error, CANCELS.replace("sigmoid", "the softmax") if lesson.plain else SAFE
        if top == "sign":
            return y - probability, note
    elif lesson.top is not None and top != "missing":
        if top == "sign":
            return y - p, CANCELS
        value, note = replaced(lesson.top.expression, at), lesson.top.note
    else:
        if top in ("twice", "half"):
            form = form._replace(expression=2.0 * (P - Y) if top == "twice" else P - Y)
        value, note = replaced(form.expression, at), form.note
        if top == "sign":
            value = -value
        if top != "missing" and not (type(slope.expression) is float and slope.expression == 1.0):
            value, note = value * replaced(slope.expression, at), slope.note or note
    if top == "extra":
        guess = probability if lesson.loss is None else p if lesson.top is not None else sigmoid(p)
        return value * (guess * (1.0 - guess)), ""
    return (value / float(lesson.outputs) if top == "outputs" else value), note


SAFE = "this is p - y, with all its digits where p is near 1"


def hidden_slope(lesson: Lesson, recipe: Recipe, m: int, z: Any, h: Any) -> tuple[Any, str]:
    """f'(z) of layer m, and what is said about it."""
    if recipe.slope is not None and (recipe.layers is None or m in recipe.layers):
        return recipe.slope(z, h), ""
    form = lesson.slopes[m]
    return replaced(form.expression, {Z: z, H: h}), form.note
