"""What cannot be done is said in one line with what to do, and an exit code of its own: wrong words, unknown names,
a configuration, database or folder that cannot be used."""

import os
import pathlib
import shutil
import subprocess

import pytest

from cli import CONFIG, CORRUPT, DB, FAILED, NOT_FOUND, NO_SERVICE, OK, USAGE, Cli
from fleet import program

NOBODY = 65534


@pytest.mark.parametrize("words, code, message", [
    (["enqueue"], USAGE, "FILE is missing"),
    (["enqueue", "no-such.txt"], USAGE, "no-such.txt: No such file"),
    (["enqueue", "no/such/folder"], USAGE, "No such file"),
    (["enqueue", "empty"], USAGE, "no *.txt or *.md file in the folder empty"),
    (["enqueue", "a.txt", "--split", "word"], USAGE, "--split must be"),
    (["enqueue", "a.txt", "--weight", "0"], USAGE, "--weight must be"),
    (["enqueue", "a.txt", "--weight", "1001"], USAGE, "--weight must be"),
    (["enqueue", "a.txt", "--delay", "5"], USAGE, "--delay must be"),
    (["enqueue", "a.txt", "--delay", "-5s"], USAGE, "--delay must be"),
    (["enqueue", "a.txt", "--uncertain", "maybe"], USAGE, "--uncertain must be"),
    (["enqueue", "a.txt", "--batch", ""], USAGE, "a batch's name"),
    (["enqueue", "a.txt", "--batch", "x\ny"], USAGE, "a batch's name"),
    (["enqueue", "a.txt", "--batch", "n" * 129], USAGE, "a batch's name"),
    (["enqueue", "a.txt", "--profile", "mian"], CONFIG, "did you mean 'main'?"),
    (["enqueue", "-", "-"], USAGE, "there is no text"),
    (["enqueue", "--batch", "b", "-", "-"], USAGE, "once only"),
    (["enqueue", "a.txt", "--voice", ""], USAGE, "--voice must not be empty"),
    (["enqueue", "--no-such-option"], USAGE, "unrecognized option '--no-such-option'; try 'ttsq enqueue --help'"),
    (["enqueue", "a.txt", "--weight"], USAGE, "requires an argument; try 'ttsq enqueue --help'"),
    (["check", "surplus"], USAGE, "unexpected argument 'surplus'; try 'ttsq check --help'"),
    (["statsu"], USAGE, "did you mean 'status'?"),
    (["xyzzy"], USAGE, "`ttsq --help` lists them"),
    (["status"], NO_SERVICE, "no database there"),
    (["wait", "b"], NO_SERVICE, "no database there"),
    (["wait"], NO_SERVICE, "no database there"),
    (["get", "-o", "out"], USAGE, "BATCH is missing"),
    (["get", "b"], USAGE, "-o DIR or --join FILE is missing"),
    (["get", "a", "b", "--join", "x.wav"], USAGE, "--join takes one batch; say `ttsq get` once for each of the 2"),
    (["get", "a", "b", "-o", "x", "--follow"], USAGE, "--follow takes one batch"),
    (["retry", "b"], USAGE, "--failed, --held, --cancelled, --damaged, --job or"),
    (["cap", "main", "0"], USAGE, "from 1 to 4096"),
    (["cap", "main", "4097"], USAGE, "from 1 to 4096"),
    (["show", "x"], USAGE, "JOB is a number, not 'x'; `ttsq list x` shows"),
    (["list", "b", "--state", "lost"], USAGE, "--state must be"),
    (["worker", "call"], USAGE, "--id"),
    (["run"], USAGE, "FILE is missing"),
])
def test_what_cannot_be_done_is_said(cli, words, code, message):
    cli.write("a.txt", "a text\n")
    (cli.home / "empty").mkdir()
    error = cli(*words, code=code)[1]
    assert message in error and error.count("\n") == 1


def test_unknown_names_get_a_suggestion(cli):
    cli.write("chapter-1.txt", "a text\n")
    cli("enqueue", "chapter-1.txt")
    for words in (["status"], ["wait"], ["get", "-o", "out"], ["list"], ["cancel"],
                  ["retry", "--failed"]):
        assert "did you mean 'chapter-1'?" in cli(*words, "chapter1", code=NOT_FOUND)[1]
    assert "did you mean 'main'?" in cli("cap", "mani", code=NOT_FOUND)[1]
    assert "did you mean 'main'?" in cli("resume", "man", code=NOT_FOUND)[1]
    cli("show", "999", code=NOT_FOUND)
    assert not (cli.home / "out").exists()


def test_version_and_help(cli):
    assert cli.json("version")["sqlite"]["library"].startswith("SQLite 3.")
    assert cli("--version")[0].startswith("ttsq ")
    listed = [line.split()[0] for line in cli("--help")[0].splitlines()
              if line.startswith("  ") and not line.startswith("  ttsq")]
    assert {"run", "enqueue", "status", "wait", "get", "check"} <= set(listed)
    for name in listed:
        out, error = cli(name, "--help")
        assert f"  ttsq {name}" in out and "Usage: ttsq" in out and error == "", name


def test_unknown_key_in_the_configuration(cli):
    with open(cli.home / "ttsq.ini", "a") as file:
        file.write("[account:main]\nconcurency = 5\n")
    for words in (["status"], ["enqueue", "a.txt"], ["run", "a.txt"], ["wait", "a"]):
        assert "concurrency" in cli(*words, code=CONFIG)[1]
    out, _ = cli("check", code=CONFIG)
    assert out.startswith("FAIL") and "ttsq.ini:" in out and "concurrency" in out


def test_a_newer_database_is_refused(cli):
    cli.write("a.txt", "a text\n")
    cli("enqueue", "a.txt")
    cli.sql("PRAGMA user_version = 999")
    for words in (["status"], ["enqueue", "a.txt"], ["list", "a"], ["cancel", "a"]):
        out, error = cli(*words, code=DB)
        assert out == "" and "newer" in error
    assert "FAIL" in cli("check", code=DB)[0]


def test_what_is_no_database_is_refused(cli):
    content = b"This is a text file, and no database at all.\n" * 200
    cli.write("data/queue.db", content)
    cli.write("a.txt", "a text\n")
    for words in (["status"], ["enqueue", "a.txt"], ["check"]):
        cli(*words, code=CORRUPT)
    assert (cli.home / "data/queue.db").read_bytes() == content


def as_nobody():
    if os.geteuid() != 0:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root may write everywhere, and there is no setpriv")
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def test_folders_that_cannot_be_written(tmp_path):
    before = as_nobody()
    home = pathlib.Path("/tmp") / f"ttsq-cli-{os.getpid()}"  # tmp_path's parents are private
    home.mkdir(mode=0o755)
    try:
        cli = Cli(home)
        cli.write("a.txt", "a text\n")
        probe = subprocess.run([*before, program(), "--version"], capture_output=True)
        if probe.returncode != OK:
            pytest.skip("the program cannot be run by another user")
        _, error = cli("enqueue", "a.txt", code=FAILED, before=before)
        assert "Permission denied" in error and "data" in error
        cli("enqueue", "a.txt")
        (cli.home / "data").chmod(0o555)
        assert "FAIL" in subprocess.run([*before, program(), "check"], env=cli.environment,
                                        capture_output=True, text=True).stdout
    finally:
        shutil.rmtree(home)
