"""What a mended line had wrong, by its name in the catalogue of mistakes."""

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.programs.arrays import Array
from autograd.programs.context import Context
from autograd.programs.editing import PENALTY
from autograd.programs.edits import Edit
from autograd.programs.replay import before
from autograd.programs.traced import Elementwise, Node
from autograd.textbook.mistakes import MISTAKES

SAYS: Final[Mapping[str, str]] = {code: row.says for code, row in MISTAKES.items()}
"""By code, what was done and what belongs there."""


def named(edit: Edit, c: Context) -> str | None:
    """The code of the mistake that an edit undoes, None where the catalogue has no name for it."""
    if edit.kind in ("drop", "constant", "operand", "term") and PENALTY.search(edit.old + edit.part):
        return "regulariser"
    rule = RULES.get(edit.kind)
    return rule(edit, c) if rule is not None else None


def _node(c: Context, text: str) -> Node | None:
    """The number that an expression is where the statement is run."""
    import ast

    try:
        value = c.scene.evaluated(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError:
        return None
    return value.node if isinstance(value, Array) else None


def _role(c: Context, text: str) -> str:
    return c.roles.role(_node(c, text))


def _biases_only(c: Context) -> bool:
    names = {c.roles.view.parameters[c.roles.view.origins.parameter[k]].name for k in c.roles.biases}
    return c.fixed <= names


def _slope_of(c: Context, text: str) -> str:
    """Whose slope a factor such as h * (1 - h) is: "output" or "hidden", "" for none."""
    names = re.findall(r"[A-Za-z_][\w.]*(?:\[[^\]]*\])*", text)
    roles = [_role(c, name) for name in names]
    if "prediction" in roles:
        return "output"
    if any(role in ("activation", "sum") for role in roles):
        nodes = [_node(c, name) for name in names]
        after = {id(arg) for p in c.roles.predictions for arg in before([p])[-4:]}
        return (
            "output"
            if any(n is not None and id(n) in after and c.roles.role(n) == "sum" and _feeds(c, n) for n in nodes)
            else "hidden"
        )
    return ""


def _feeds(c: Context, node: Node) -> bool:
    """Whether a weighted sum is that of the output: no other weights come after it."""
    reached = {node}
    for later in sorted(c.roles.forward, key=lambda n: n.time):
        if not reached.isdisjoint(later.args):
            reached.add(later)
            if any(c.roles.owner(arg) is not None and c.roles.owner(arg) not in c.roles.biases for arg in later.args):
                return False
    return True


def _factor(edit: Edit, c: Context) -> str | None:
    added = edit.part or edit.new.replace(edit.old, "", 1).strip("() *")
    slope = _slope_of(c, added)
    is_slope = bool(re.search(r"1\s*-|>\s*0|\w+\(", added))
    if is_slope and slope == "output":
        outputs = c.roles.outputs()
        if c.fixed & outputs and not (c.fixed - outputs):
            return (
                "missing-output-derivative-in-weights"
                if c.right or len(c.fixed) < len(outputs)
                else "missing-output-derivative"
            )
        return "missing-output-derivative" if c.fixed & outputs else "missing-output-derivative-below"
    if re.search(r">\s*0", added):
        return "relu-mask"
    if is_slope and slope == "hidden":
        return "missing-hidden-derivative"
    role = _role(c, added)
    if role == "weight":
        return "bias-without-weight" if _biases_only(c) else "missing-weight"
    if role in ("activation", "prediction"):
        return "half-derivative" if c.local else None
    if role in ("input", "setting"):
        return "dropout-scale" if "mask" in added.lower() or "drop" in added.lower() else "constant-factor"
    return None


def _drop(edit: Edit, c: Context) -> str | None:
    dropped = edit.part or edit.old.replace(edit.new, "", 1).strip(" */()")
    slope = _slope_of(c, dropped)
    names = set(re.findall(r"[A-Za-z_]\w*", dropped))
    if re.search(r"1\s*-|\w+\(", dropped) and slope == "output":
        several = any(
            (p.size > 1 and p.data.ndim >= 1 and np.allclose(p.data.sum(axis=-1), 1.0))
            or (p.size > 1 and p.data.ndim > 1 and np.allclose(p.data.sum(axis=0), 1.0))
            for p in c.roles.predictions
            if hasattr(p.data, "ndim")
        )
        return "softmax-diagonal" if several else "extra-output-derivative"
    rates = {r.name for r in c.roles.bench.rates(c.roles.view.run.recorder.names()).values() if r.name}
    if names & rates or any(rate in dropped for rate in rates):
        return "learning-rate-twice" if c.fixed != c.fixed | c.right or c.right else "learning-rate-folded-in"
    role = _role(c, dropped)
    parts = [part for part in re.findall(r"[A-Za-z_][\w.]*(?:\[[^\]]*\])*", dropped) if part not in c.settings]
    roles = {_role(c, part) for part in parts}
    counted = re.search(r"len\(|shape|size", dropped)
    if (
        _biases_only(c)
        and parts
        and not counted
        and roles & {"activation", "input", "sum", "prediction", "setting", "number"}
    ):
        return "bias-with-input"
    if role == "number":
        return _averaging(c, dropped)
    if _biases_only(c) and role in ("activation", "input", "sum"):
        return "bias-with-input"
    if role == "setting" or re.fullmatch(r"[\d.\s*/()]+|.*(len|shape|size).*", dropped):
        return _averaging(c, dropped)
    return None


def _averaging(c: Context, text: str) -> str:
    """What a factor too many or too few is: a constant, or the number of samples."""
    counts = [name for name in c.settings if c.settings[name] > 1.0]
    number = re.search(r"len\(|shape|size|\b(m|n|N)\b", text) or any(
        re.search(rf"\b{re.escape(n)}\b", text) for n in counts
    )
    if not number:
        return "constant-factor" if c.right else "factor-two"
    biases = {c.roles.view.parameters[c.roles.view.origins.parameter[k]].name for k in c.roles.biases}
    alone = c.right and (c.wrong <= biases or not c.wrong & biases)
    return "bias-averaged-differently" if alone else "averaged-twice"


def _constant(edit: Edit, c: Context) -> str | None:
    added = edit.part or edit.new.replace(edit.old, "", 1)
    if re.search(r"keep|drop|prob|mask", added, re.IGNORECASE):
        return "dropout-scale"
    if re.search(r"\b(2|0\.5)\b", added) or re.fullmatch(r"[\d.]+", edit.old.strip()):
        if _biases_only(c) and edit.old.strip() in ("1", "1.0", "0", "0.0"):
            return "bias-one" if edit.old.strip().startswith("1") else "bias-zero"
        return "constant-factor" if c.right else "factor-two"
    return _averaging(c, added)


def _axis(edit: Edit, c: Context) -> str | None:
    if edit.new.endswith("sum") and edit.old.endswith("mean"):
        return "bias-averaged-differently" if c.right else "averaged-twice"
    if edit.new.endswith("mean"):
        return "bias-averaged-differently" if c.right else "summed-not-averaged"
    return "bias-summed-over-units"


def _operand(edit: Edit, c: Context) -> str | None:
    if _biases_only(c) and re.search(r"ones|^1(\.0)?$", edit.old.strip()):
        return "bias-one"
    if _biases_only(c) and re.search(r"zeros|^0(\.0)?$", edit.old.strip()):
        return "bias-zero"
    old, new = _node(c, edit.old), _node(c, edit.new)
    if new is not None and isinstance(new.op, Elementwise) and new.op.row is ops.exp and old in new.args:
        return "exp-derivative"
    was, is_now = c.roles.role(old), c.roles.role(new)
    if (c.statement.kind == "change" or _updates(c)) and {was, is_now} <= {"weight", "bias"}:
        return "wrong-base" if _added_alone(edit, c) else "wrong-operand"
    if was == "number" and is_now in ("prediction", "activation"):
        return "hard-prediction"
    if is_now == "weight":
        if was == "gradient" and old is not None and new is not None and old.shape == new.shape:
            return "gradient-for-weight"
        return "wrong-operand"
    if is_now in ("activation", "prediction", "input"):
        if was == "weight":
            return "weight-for-activation"
        if was == "sum":
            return "shortcut-at-preactivation" if c.local or _in_slope(edit, c) else "preactivation-for-activation"
        if was in ("activation", "prediction") and _in_slope(edit, c):
            return "wrong-layer-activation" if old is not None and new is not None else "wrong-operand"
    if is_now == "sum" and was in ("activation", "prediction"):
        return "derivative-at-activation" if _in_slope(edit, c) else "wrong-operand"
    if is_now == "gradient" and was == "gradient":
        if _biases_only(c):
            return "bias-without-weight" if _lacks_weight(old, new) else "wrong-operand"
        return "averaged-delta" if old is not None and new is not None and old.size < new.size else "wrong-operand"
    return "wrong-operand"


def _lacks_weight(old: Node | None, new: Node | None) -> bool:
    return old is not None and new is not None and old.time < new.time


def _updates(c: Context) -> bool:
    return bool(re.match(r"\s*[\w.\[\]'\"]+\s*=\s*[\w.\[\]'\"]+\s*[-+]", c.text))


def _added_alone(edit: Edit, c: Context) -> bool:
    """Whether the name is what an update starts from."""
    right = c.text.partition("=")[2].strip()
    return right.startswith(edit.old.strip())


def _in_slope(edit: Edit, c: Context) -> bool:
    """Whether the name stands in a slope: h(1 - h), 1 - h², f'(h)."""
    name = re.escape(edit.old.strip())
    return bool(
        re.search(rf"1(\.0)?\s*-\s*{name}|{name}\s*\*\s*\(\s*1|{name}\s*\*\*\s*2|\w+\(\s*{name}|{name}\s*[><]", c.text)
    )


def _one(edit: Edit, c: Context) -> str | None:
    if _role(c, edit.old) == "target":
        return "target-for-one"
    return "bias-with-input" if _biases_only(c) else None


def _sign(edit: Edit, c: Context) -> str | None:
    return "shared-derivative-sign" if c.statement.kind == "return" and c.local else "sign"


def _transpose(edit: Edit, c: Context) -> str | None:
    node = _node(c, edit.old.removesuffix(".T")) or _node(c, edit.old)
    owner = c.roles.owner(node)
    if owner is not None:
        uses = sum(any(c.roles.owner(arg) == owner for arg in n.args) for n in c.roles.forward)
        return "recurrent-transposed" if uses > 2 else "transposed"
    return "transposed"


def _call(edit: Edit, c: Context) -> str | None:
    if "(" not in edit.old:
        return "derivative-at-activation" if "(" in edit.new else "wrong-activation-derivative"
    return "shortcut-at-preactivation"


def _slope(edit: Edit, c: Context) -> str | None:
    was, _, belongs = edit.part.partition(" -> ")
    if any(_role(c, name) == "target" for name in re.findall(r"[A-Za-z_]\w*", was)):
        return "target-for-one"
    before_names, now = (set(re.findall(r"[A-Za-z_]\w*", text)) for text in (was, belongs))
    if re.search(r">\s*0", was) and re.search(r">\s*0", belongs):
        return "relu-mask"
    roles_was, roles_now = ({_role(c, n) for n in names} for names in (before_names - now, now - before_names))
    if "sum" in roles_now and roles_was & {"activation", "prediction"}:
        return "derivative-at-activation"
    if _form(was) == _form(belongs):
        roles = [_role(c, name) for name in before_names ^ now]
        if "sum" in roles and any(_role(c, n) == "sum" for n in before_names):
            return "shortcut-at-preactivation"
        return "wrong-layer-activation"
    if re.fullmatch(r"\(?(1(\.0?)?\s*-\s*)?[\w.\[\]'\"]+\)?", was.strip()):
        return "half-derivative"
    return "wrong-activation-derivative"


def _form(text: str) -> str:
    """An expression without its names."""
    return re.sub(r"[A-Za-z_][\w.\[\]'\"]*", "x", text.replace(" ", ""))


def _store(edit: Edit, c: Context) -> str | None:
    return "last-sample-only" if edit.new.strip() == "+=" else "not-zeroed"


def _term(edit: Edit, c: Context) -> str | None:
    if re.search(r"reg|lam|decay|l2|λ|alpha|beta", edit.new + edit.old, re.IGNORECASE):
        return "regulariser"
    return None


RULES: Final[Mapping[str, Any]] = {
    "factor": _factor,
    "drop": _drop,
    "constant": _constant,
    "axis": _axis,
    "operand": _operand,
    "one": _one,
    "sign": _sign,
    "slope": _slope,
    "transpose": _transpose,
    "call": _call,
    "store": _store,
    "term": _term,
    "stale": lambda edit, c: "updated-weight",
    "jacobian": lambda edit, c: "softmax-diagonal",
    "bypass": lambda edit, c: "slope-bypassed",
    "swap": lambda edit, c: "transposed",
}
