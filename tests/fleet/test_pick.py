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
    assert cli("cancel", "a")[0] == "0 jobs of a are cancelled\n"
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
    cli("hold", "a", "--job", first, code=NOT_FOUND)
    assert cli("cancel", "a", "--job", second)[0] == "1 job of a is cancelled\n"
    assert cli("hold", "a")[0] == "1 job of a is held\n"
    assert cli("hold", "a")[0] == "0 jobs of a are held\n"
    cli("release", "a", "--why", "no such reason", code=NOT_FOUND)
    assert cli("release", "a", "--why", "BY A PERSON")[0] == "2 jobs of a are ready again\n"
    cli("release", "a", code=NOT_FOUND)
    assert cli("retry", "a", "--job", second)[0] == "1 job of a is ready again\n"
    states = [job["state"] for job in json.loads(cli("list", "a", "--json")[0])]
    assert states == ["ready"] * 3
