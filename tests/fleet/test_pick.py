"""What a person does to jobs and accounts, and to which of them."""

import json

from cli import NOT_FOUND, NO_SERVICE, SOME_FAILED


def test_cap_cancel_retry(cli):
    cli.write("a.txt", "one\ntwo\n")
    assert cli("cap", "main", "9")[0] == "account main: cap 9 (was 4)\n"  # before any batch
    cli("enqueue", "a.txt")
    assert cli("cap", "main")[0] == "account main: cap 9, 0 in flight; the settings say 4\n"
    assert cli("cancel", "a")[0] == "2 jobs of a are cancelled\n"
    cli("wait", "a", code=SOME_FAILED)
    assert cli("cancel", "a")[0] == "2 jobs of a are cancelled already\n"
    cli("retry", "a", "--failed", code=NOT_FOUND)
    assert cli("retry", "a", "--cancelled")[0] == "2 jobs of a are ready again\n"
    assert cli("resume", "main")[0] == "account main: was open already\n"
    assert "no supervisor" in cli("wait", "a", code=NO_SERVICE)[1]
    assert "2 of 2 results are missing" in cli("get", "a", "-o", "out", code=SOME_FAILED)[1]
    assert not (cli.home / "out").exists()


def test_what_is_picked(cli):
    """By job and by reason, tried out first; what matches nothing is an error."""
    cli.write("a.txt", "one\ntwo\nthree\n")
    cli("enqueue", "a.txt")
    first, second, _ = [job["id"] for job in json.loads(cli("list", "a", "--json")[0])]
    assert cli("hold", "a", "--job", first, "--dry-run")[0] == "1 job of a would be held\n"
    assert "3 of 3" in cli("get", "a", "-o", "out", code=SOME_FAILED)[1]
    assert cli("hold", "a", "--job", first)[0] == "1 job of a is held\n"
    assert cli("hold", "a", "--job", first)[0] == "1 job of a is held already\n"
    assert cli("cancel", "a", "--job", second)[0] == "1 job of a is cancelled\n"
    assert cli("hold", "a")[0] == "1 job of a is held\n"
    assert cli("hold", "a")[0] == "2 jobs of a are held already\n"
    cli("release", "a", "--why", "no such reason", code=NOT_FOUND)
    assert cli("release", "a", "--why", "BY A PERSON")[0] == "2 jobs of a are ready again\n"
    assert cli("release", "a", "--dry-run")[0] == "2 jobs of a are released already\n"
    assert cli("retry", "a", "--job", second)[0] == "1 job of a is ready again\n"
    states = [job["state"] for job in json.loads(cli("list", "a", "--json")[0])]
    assert states == ["ready"] * 3


def test_what_is_so_already_is_no_error(cli):
    """Asked for what is so: 0, and a word that it was so. A filter that matches nothing: 4."""
    cli.write("a.txt", "one\ntwo\n")
    cli("enqueue", "a.txt", "--weight", "3")
    first = cli.json("list", "a")[0]["id"]
    for words, line in (
            (("release", "a"), "2 jobs of a are released already"),
            (("release", "a", "--now", "--job", first), "1 job of a is released already"),
            (("retry", "a", "--job", first), "1 job of a is ready or on the way already"),
            (("boost", "a", "--weight", "3"), "batch a: weight 3 already, priority 0"),
            (("boost", "a", "3"), "batch a: weight 3 already, priority 0"),
            (("cap", "a", "none"), "batch a: cap none already"),
            (("cap", "main", "4"), "account main: cap 4 already"),
            (("rate", "main", "none"), "account main: rate no limit already")):
        said, talk = cli(*words)
        assert said == line + "\n" and "undoes" not in talk, (words, said, talk)
    for words in (("hold", "a", "--job", "99"), ("cancel", "a", "--why", "no such reason"),
                  ("release", "a", "--code", "5xx"), ("retry", "a", "--failed"), ("hold", "a", "--since", "1h")):
        cli(*words, code=NOT_FOUND)
    cli("cancel", "a")
    assert cli("hold", "a")[0] == "all jobs of a have ended: nothing is changed\n"
    assert cli("release", "a", "--dry-run")[0] == "all jobs of a have ended: nothing would be changed\n"
    cli("hold", "a", "--job", first, code=NOT_FOUND)
    assert cli("log", "--batch", "a")[0].count("cancel: cancelled") == 1
