"""The corpus of programs: its keys are true by differences, and it holds what it must."""

import json
from collections import Counter

import pytest

from tests.programs import verify

KEYS = verify.keys()


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


def test_what_the_corpus_holds() -> None:
    verdicts = Counter(key["verdict"] for key in KEYS)
    assert verdicts[verify.RIGHT] >= 10 and verdicts[verify.WRONG] >= 10
