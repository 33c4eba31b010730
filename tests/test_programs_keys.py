"""The corpus of programs: its keys are true by differences, and it holds what it must."""

import json
from collections import Counter

import pytest

from tests.programs import verify

KEYS = verify.every_key()


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key["file"])
def test_the_key_is_true_by_differences(key: verify.Key) -> None:
    verify.verify(key, thorough=False)


def test_every_file_has_its_key_and_every_line_its_place() -> None:
    files = {path.name for path in verify.FOLDER.iterdir() if path.name[0].isdigit()}
    assert [key["file"] for key in KEYS] == sorted(files)
    for key in KEYS:
        code = verify.cells(key)
        for finding in key["findings"]:
            cell, line = verify.place(finding)
            assert code[cell - 1][line - 1].strip(), f"{key['file']}: an empty line is blamed"
            assert finding["parameters"] and finding["right"]


def test_a_false_key_is_refused() -> None:
    """The proof itself, tried on a lie of each sort."""
    wrong = next(key for key in KEYS if key["verdict"] == verify.WRONG)
    lie = json.loads(json.dumps(wrong))
    lie["parameters"] = dict.fromkeys(lie["parameters"], verify.WRONG)
    with pytest.raises(AssertionError, match="the key says"):
        verify.verify(lie, thorough=False)
    lie = json.loads(json.dumps(wrong))
    for mend in lie["findings"][0]["mend"]:
        mend["text"] = verify.cells(wrong)[verify.place(mend)[0] - 1][mend["line"] - 1]
    with pytest.raises(AssertionError, match="not right when mended"):
        verify.verify(lie, thorough=False)


# The second table of the catalogue, found in programs of the public.
SECOND_TABLE = """
    missing-output-derivative-below missing-output-derivative-in-weights learning-rate-twice shared-derivative-sign
    target-for-one bias-summed-over-units no-gradient last-activation averaged-delta wrong-base bias-without-weight
    weight-for-activation hard-prediction softmax-diagonal loss-at-every-step slope-bypassed recurrent-transposed
    dropout-scale storage-order wrong-operand constant-factor regulariser
"""
FIRST_TABLE = """
    bias-averaged-differently averaged-twice sign updated-weight missing-output-derivative extra-output-derivative
    missing-hidden-derivative derivative-at-activation shortcut-at-preactivation half-derivative
    wrong-activation-derivative wrong-layer-activation gradient-for-weight missing-weight swapped-weights transposed
    swapped-inputs preactivation-for-activation bias-zero bias-one bias-with-input last-sample-only not-zeroed
    exp-derivative relu-mask
"""
STYLES = """
    names; self.W1; list items; dict items; layer objects; neuron objects; dictionaries of neurons; list comprehension;
    +=; -=; W = W - ...; new names; optimizer object; returned from a function; loss belonging; no loss;
    loss of another kind printed; mean absolute error printed; own gradient names; product inside the update;
    full batch; sample by sample; minibatches; one sample; class; functions; flat; notebook cells; In [n] export;
    scalar; lists of lists; vectors; (n 1) columns; row-major; column-major; sigmoid; tanh; relu; leaky relu; softplus;
    softmax; linear; squared error; binary cross-entropy; softmax cross-entropy; hinge; linear regression;
    logistic regression; XOR; 2-2-1; 2-3-1; 3-4-2; 20-10-5; 784-30-10; momentum; Adam; RMSprop; L2 penalty; dropout;
    batchnorm; embedding + MLP; vanilla RNN; LSTM; GRU-like; convolution by loops; early return; missing csv;
    input of hyperparameters; main guard; plotting; tqdm; no update; kink at exactly 0; saturated; in-place aliasing;
    learning-rate decay; weight sharing; shuffled samples; numerically stable softmax; gradient accumulation;
    per-element double loops; np.clip
"""


def test_what_the_corpus_holds() -> None:
    verdicts = Counter(key["verdict"] for key in KEYS)
    codes = Counter(finding["code"] for key in KEYS for finding in key["findings"])
    tags = {tag for key in KEYS for tag in key["tags"]}
    assert verdicts[verify.RIGHT] >= 30 and verdicts[verify.WRONG] >= 40
    assert verdicts[verify.CONSTANT] >= 4 and verdicts[verify.UNCHECKED] >= 4
    assert sum(len(key["findings"]) == 2 for key in KEYS) >= 14
    assert set((SECOND_TABLE + FIRST_TABLE).split()) == set(codes) - {None}
    assert {" ".join(style.split()) for style in STYLES.split(";")} <= tags
