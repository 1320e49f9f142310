"""The matrix says what is true: each proof it names is there, is run by `ctest -L fault`, and selects a test."""
import pathlib
import re
import shlex

from rows import ROWS

TESTS = pathlib.Path(__file__).resolve().parent.parent


def test_every_row_is_there_and_shown_or_explained():
    assert [row.number for row in ROWS] == list(range(1, 44))
    for row in ROWS:
        assert row.ci or row.why, row
        assert row.release or row.why, row


def test_each_proof_selects_something():
    for row in ROWS:
        for proof in row.ci:
            name, *rest = shlex.split(proof)
            if name.startswith("test_"):
                assert list(TESTS.glob(f"*/{name}.c")), (row.number, name)
            elif name != "ctest":
                text = (TESTS / name).read_text()
                for word in re.split(r" or ", rest[1]) if rest else []:
                    assert word in text, (row.number, proof, word)


def test_what_is_named_is_labelled():
    """The files of fleet/ that show a row are the list in CMakeLists.txt."""
    named = {pathlib.PurePath(proof.split()[0]).stem for row in ROWS for proof in row.ci if proof.startswith("fleet/")}
    listed = re.search(r"set\(fault_fleet_tests(.*?)\)", (TESTS / "CMakeLists.txt").read_text(), re.S).group(1).split()
    assert sorted(listed) == sorted(named)
