"""Beside every test of processes: what a sanitizer says is read, also of a process whose end nobody looks
at (a worker that is started anew, a program whose stderr is thrown away). Each report is a file, and a
test in whose time one was written fails. Without a sanitizer in the programs there are none."""

import faulthandler
import os
import pathlib
import shutil
import tempfile

import pytest

REPORTS = pathlib.Path(tempfile.mkdtemp(prefix="reports-"))
REPORTS.chmod(0o1777)  # some programs run as other users
for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
    os.environ[name] = f"{os.environ.get(name, '')}:log_path={REPORTS}/report"



def pytest_configure():
    """Beyond TTSQ_FILE_S seconds it is told where each thread stands: ctest, which ends it soon after, says nothing."""
    if "TTSQ_FILE_S" in os.environ:
        faulthandler.dump_traceback_later(float(os.environ["TTSQ_FILE_S"]), file=os.dup(2))  # what pytest does not catch


def pytest_unconfigure():
    faulthandler.cancel_dump_traceback_later()
    shutil.rmtree(REPORTS)


NO_REPORT = "Unable to get registers from thread"  # which ended while leaks were looked for


def assert_no_report():
    found = []
    for path in sorted(REPORTS.iterdir()):
        text = path.read_text(errors="replace")
        if any(NO_REPORT not in line for line in text.splitlines()):
            found.append(text)
        path.unlink()
    assert not found, "\n".join(found)


@pytest.fixture(autouse=True)
def _a_test_without_reports():
    yield
    assert_no_report()


@pytest.fixture(autouse=True, scope="module")
def _a_file_without_reports():
    """Of processes that its tests share, which end after the last of them."""
    yield
    assert_no_report()
