"""`ttsq run`: from texts to files in one command, which may be interrupted and said again."""

import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest

from cli import DEADLINE_S, INTERRUPTED, OK, SOME_FAILED, USAGE, Cli, names_in
from fleet import Fleet, has_fault_points, until
from say import Say, text_hash, tone_mark

SAY_PORT = 8890  # where ttsq-say listens by default
MANY = 5000


@pytest.fixture
def witness():
    with Say("--engine", "tone") as say:
        yield say


def accepted(witness):
    return sum(event["ev"] == "accepted" for event in witness.ledger())


def no_supervisor(cli):
    return cli.json("status")["supervisor"] == "not running" and not cli.json("status")["workers"]


def test_run_counts_the_calls_that_a_service_made_meanwhile(tmp_path):
    with Fleet(tmp_path, cap=20, workers=1, latency_ms=1) as fleet:
        fleet.start()
        files = [fleet.home / f"{i}.txt" for i in range(20)]
        for i, file in enumerate(files):
            file.write_text(f"{i}\n{i} and\n")
        said = fleet.command("run", *files)
        assert "40 files" in said.stderr and "40 calls" in said.stderr, said
        fleet.stop()


def test_run_delivers_next_to_the_input_and_pays_once(tmp_path, witness):
    cli = Cli(tmp_path, witness.url)
    texts = [f"This is text {i}." for i in range(1, 31)]
    cli.write("sub/book.txt", "\n".join(texts))
    out, error = cli("run", "sub/book.txt")
    assert out == "sub/book.audio\n" and "30 files" in error and "30 calls" in error
    manifest = json.loads((tmp_path / "sub/book.audio/manifest.json").read_text())
    for text, job in zip(texts, manifest["jobs"], strict=True):
        content = (tmp_path / "sub/book.audio" / job["file"]).read_bytes()
        assert job["text"] == text and tone_mark(content) == text_hash(text)
    assert manifest["jobs"][0]["file"] == "0001_This-is-text-1.wav"
    assert no_supervisor(cli)
    shutil.rmtree(tmp_path / "sub/book.audio")
    out, error = cli("run", "sub/book.txt", "-o", "elsewhere")
    assert "30 files" in error and "0 calls" in error and accepted(witness) == 30
    assert len(names_in(tmp_path / "elsewhere")) == 31


def test_run_goes_on_after_an_interruption(tmp_path, witness):
    witness.control(latency_ms=50)
    cli = Cli(tmp_path, witness.url)
    cli.write("a.txt", "\n".join(f"This is text {i}." for i in range(1, 61)))
    running = cli.start("run", "a.txt")
    witness.wait_stats(lambda stats: stats["in_flight"] >= 4)
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=DEADLINE_S)
    assert running.returncode == INTERRUPTED, error
    assert b"finishing the calls" in error and b"the same command again" in error
    assert no_supervisor(cli)
    assert not (tmp_path / "a.audio").exists()
    _, error = cli("run", "a.txt")
    assert len(names_in(tmp_path / "a.audio")) == 61
    assert accepted(witness) == 60  # what was in flight at Ctrl-C was kept


def waits_for_more(running):
    unread, = struct.unpack("i", fcntl.ioctl(running.stdin, termios.FIONREAD, bytes(4)))
    return unread == 0 and "State:\tS" in Path(f"/proc/{running.pid}/status").read_text()


def test_run_that_is_interrupted_while_it_reads_adds_nothing(tmp_path, witness):
    cli = Cli(tmp_path, witness.url)
    running = cli.start("run", "--batch", "b", "-", stdin=subprocess.PIPE)
    running.stdin.write(b"one\n")
    running.stdin.flush()
    until("it has read a line and sleeps until the next", lambda: waits_for_more(running))
    running.send_signal(signal.SIGINT)
    _, error = running.communicate(timeout=DEADLINE_S)
    assert running.returncode == INTERRUPTED and error == b"ttsq: interrupted; nothing was added\n"
    assert cli.batches() == []


@pytest.mark.skipif(not has_fault_points(), reason="needs a build with fault points")
def test_an_interruption_just_before_it_reads_is_not_lost(tmp_path):
    """It stands still between its last look for a signal and the wait for input, which never comes."""
    cli = Cli(tmp_path)
    cli.environment["TTSQ_FAULT"] = "before_input:stop:1"
    running = cli.start("enqueue", "--batch", "b", "-", stdin=subprocess.PIPE)
    until("a frozen process", lambda: "State:\tT" in Path(f"/proc/{running.pid}/status").read_text())
    running.send_signal(signal.SIGINT)
    running.send_signal(signal.SIGCONT)
    assert running.wait(DEADLINE_S) == INTERRUPTED  # its standard input is open still
    _, error = running.communicate()
    assert error == b"ttsq: interrupted; nothing was added\n"


def test_the_workers_of_a_killed_run_end(tmp_path, witness):
    witness.control(latency_ms=50)
    cli = Cli(tmp_path, witness.url)
    cli.write("a.txt", "\n".join(f"This is text {i}." for i in range(1, 201)))
    running = cli.start("run", "a.txt")
    witness.wait_stats(lambda stats: stats["in_flight"] >= 4)
    running.kill()
    running.communicate(timeout=DEADLINE_S)
    until("the end of its supervisor", lambda: no_supervisor(cli))
    assert 0 < cli.json("status")["batches"][0]["done"] < 200


def test_run_says_what_failed_and_delivers_the_rest(tmp_path):
    with Say("--engine", "tone", "--fault", "error=100", "--fault-first", "1") as witness:
        cli = Cli(tmp_path, witness.url, profile="retry.max = 1")
        cli.write("a.txt", "one\ntwo\nthree\n")
        _, error = cli("run", "a.txt", code=SOME_FAILED)
        assert "1 of 3 jobs of a failed" in error and "2 files" in error
        jobs = json.loads((tmp_path / "a.audio/manifest.json").read_text())["jobs"]
        assert sum(job["file"] is None for job in jobs) == 1


def test_run_uses_the_running_supervisor(fleet):
    path = fleet.home / "a.txt"
    path.write_text("one\ntwo\n")
    done = fleet.command("run", path)
    assert done.returncode == OK, done.stderr
    assert len(names_in(fleet.home / "a.audio")) == 3
    assert fleet.is_ready()


def test_run_does_not_mix_two_files_in_one_folder(tmp_path):
    cli = Cli(tmp_path)
    for name in "ch.txt", "ch.csv":
        cli.write(name, "text\none\n")
    assert "ch.txt and ch.csv would both go to ch.audio" in cli("run", "ch.txt", "ch.csv", code=USAGE)[1]
    assert cli.json("status")["batches"] == []


def test_run_of_many_files_looks_at_their_folders_in_no_time(tmp_path):
    cli = Cli(tmp_path)
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    said = cli("run", *(f"{i}.txt" for i in range(MANY)), f"{MANY - 1}.csv", code=USAGE)[1]
    assert f"{MANY - 1}.txt and {MANY - 1}.csv would both go to {MANY - 1}.audio" in said
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 1


def test_run_with_nothing_configured(tmp_path):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", SAY_PORT)) == 0:
            pytest.skip(f"something listens on port {SAY_PORT}")
    if not shutil.which("espeak-ng"):
        pytest.skip("no espeak-ng")
    cli = Cli(tmp_path)
    del cli.environment["TTSQ_CONFIG"]
    os.unlink(tmp_path / "ttsq.ini")
    cli.environment.update(XDG_STATE_HOME=str(tmp_path / "state"),
                           XDG_RUNTIME_DIR=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / "config"))
    cli.write("hello.txt", "Hello world.\nThis works with nothing set up.\n")
    _, error = cli("run", "hello.txt")
    assert "2 files" in error and "speaking with ttsq-say" in error
    assert names_in(tmp_path / "hello.audio") == [
        "0001_Hello-world.wav", "0002_This-works-with-nothing-set-up.wav", "manifest.json"]
    deadline = time.monotonic() + DEADLINE_S
    while True:  # it has ended with the run
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", SAY_PORT)) != 0:
                break
        assert time.monotonic() < deadline
