"""A fleet and `ttsq run` under valgrind, which sees what the sanitizers do not: memory that is read before
anybody wrote it, also by system calls and by libraries on our behalf."""

import shutil

import pytest

import fleet as lib
from fleet import Fleet, has_fault_points, is_sanitized, program

DEADLINE_S = 120
PATIENCE_MS = "60000"  # a process under valgrind is 30 times slower
LONG = "a text whose answer is a file of its own, since it is a long one ".ljust(lib.LONG_TEXT_CHARS, "x")


class Watched:
    """ttsq, and under valgrind when the next start of it is to be watched."""

    def __init__(self, script):
        self.script, self.real, self.is_next = script, program(), False

    def __call__(self):
        is_now, self.is_next = self.is_next, False
        return str(self.script) if is_now else self.real


@pytest.fixture(name="watched")
def _watched(tmp_path, monkeypatch):
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    if is_sanitized():
        pytest.skip("a sanitizer brings an allocator of its own")
    if not has_fault_points():
        pytest.skip("only a test build starts another program as its children")
    script = tmp_path / "watched"
    script.write_text(f"#!/bin/sh\nexec valgrind --quiet --leak-check=full --log-file={tmp_path}/valgrind.%p {program()} \"$@\"\n")
    script.chmod(0o755)
    watched = Watched(script)
    monkeypatch.setattr(lib, "program", watched)
    yield watched
    reports = list(tmp_path.glob("valgrind.*"))
    assert len(reports) == 5, "a supervisor, a keeper, a call worker, a notifier, a command"
    assert not [report.read_text() for report in reports if report.stat().st_size]


def test_a_whole_run_reads_only_what_was_written_and_loses_nothing(watched, tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=1) as fleet:
        fleet.checked["texts"] = ["one", "two", LONG]
        (tmp_path / "texts.txt").write_text("".join(text + "\n" for text in fleet.checked["texts"]))
        watched.is_next = True
        fleet.start(TTSQ_WORKER_EXE=watched.script, TTSQ_START_MS=PATIENCE_MS, TTSQ_HANG_MS=PATIENCE_MS)
        watched.is_next = True
        fleet.run("run", "texts.txt", seconds=DEADLINE_S)
        fleet.finish()
