"""What people and programs read of a queue: `status`, `list`, `show`, `why`, `wait`."""

import json

from cli import NOT_FOUND, USAGE


def test_status_shows_accounts_that_somebody_uses(cli):
    """`say` is built in, and nobody's choice here; a program gets them all."""
    cli.write("a.txt", "a text\n")
    cli("enqueue", "a.txt")
    shown = [line.split()[0] for line in cli("status")[0].splitlines() if line]
    assert "main" in shown and "say" not in shown
    assert {"main", "say"} == {a["name"] for a in json.loads(cli("status", "--json")[0])["accounts"]}
    cli("enqueue", "a.txt", "--profile", "say", "--batch", "spoken")
    shown = [line.split()[0] for line in cli("status")[0].splitlines() if line]
    assert {"main", "say"} <= set(shown)


def test_status_json_has_the_promised_fields(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt")
    document = cli.json("status")
    account = next(a for a in document["accounts"] if a["name"] == "main")
    assert {"name", "cap", "effective_cap", "in_flight", "held_leases", "paused_until",
            "pause_reason"} <= set(account)
    assert account["cap"] == account["effective_cap"] == 4 and account["paused_until"] is None
    batch, = document["batches"]
    assert {"name", "profile", "total", "ready", "delayed", "running", "done", "failed",
            "cancelled", "held", "uncertain_attempts"} <= set(batch)
    assert (batch["name"], batch["profile"], batch["total"], batch["ready"]) == ("a", "main", 1, 1)
    assert document["workers"] == [] and document["supervisor"] == "not running"


def test_list_and_show_json_have_the_promised_fields(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt")
    listed, = cli.jobs("a")
    assert {"id", "batch", "seq", "name", "state", "attempts", "result", "why"} <= set(listed)
    assert isinstance(listed["id"], str) and listed["attempts"] == [] and listed["result"] is None
    assert cli.json("show", listed["id"]) == listed
    assert cli.json("list", "a", "--state", "done") == []


def test_list_of_all_batches_and_by_reason(cli):
    for name in ("a", "b", "c"):
        cli.write(f"{name}.txt", f"{name} one\n{name} two\n")
        cli("enqueue", f"{name}.txt")
    cli("list", code=NOT_FOUND)
    cli("list", "--state", "ready", code=USAGE)
    cli("hold", "a")
    cli("hold", "b")
    cli.sql("UPDATE job SET why = 'HTTP 500 once' WHERE batch_id = (SELECT id FROM batch WHERE name = 'b')")
    every = json.loads(cli("list", "--json")[0])
    assert [(job["batch"], job["state"]) for job in every] == [("a", "held")] * 2 + [("b", "held")] * 2
    assert "BATCH" in cli("list")[0] and cli("list")[0].count("held") >= 4
    assert [job["batch"] for job in json.loads(cli("list", "--why", "http 5", "--json")[0])] == ["b", "b"]
    grouped = json.loads(cli("list", "--by-why", "--json")[0])
    assert sorted((g["state"], g["why"], g["jobs"]) for g in grouped) == [
        ("held", "HTTP 500 once", 2), ("held", "held by a person", 2)]
    assert "2 held: HTTP 500 once" in cli("list", "b", "--by-why")[0]
    cli("list", "--since", "1h", code=NOT_FOUND)  # no call was made
    assert cli.json("list", "--since", "1h") == []


def test_why_says_what_to_do(cli):
    cli.write("a.txt", "one\ntwo\nthree\nfour\n")
    cli("enqueue", "a.txt")
    ids = [job["id"] for job in json.loads(cli("list", "a", "--json")[0])]
    cli("hold", "a", "--job", ids[1])
    cli("cancel", "a", "--job", ids[2])
    cli.write("b.txt", "five\n")
    cli("enqueue", "--batch", "later", "--delay", "1h", "b.txt")
    assert "no supervisor is running" in cli("why", ids[0])[0]
    assert "held by a person" in cli("why", ids[1])[0] and f"release a --job {ids[1]}" in cli("why", ids[1])[0]
    assert "cancelled by a person" in cli("why", ids[2])[0]
    whole = cli("why", "a")[0].splitlines()
    assert len(whole) == 6 and whole[0].startswith("2 ready") and "no supervisor" in whole[4]
    assert whole[3] == "do: to go on with what is held, `ttsq release a`"
    later = json.loads(cli("list", "later", "--json")[0])[0]["id"]
    assert "waits: for its time; starts in " in cli("why", later)[0]
    assert "did you mean" in cli("why", "latr", code=NOT_FOUND)[1]
    cli("why", "999999", code=NOT_FOUND)


def test_hostile_text_is_never_printed_raw(cli):
    rows = [{"text": "a\u001b[2Jb\u202ec\u0007", "name": "x\u001b]0;y\u0007"}]
    cli.write("a.jsonl", json.dumps(rows[0]))
    cli("enqueue", "a.jsonl")
    for words in (["list", "a"], ["list", "a", "--json"], ["show", "1"], ["show", "1", "--json"]):
        out, _ = cli(*words)
        assert not {"\u001b", "\u0007", "\u202e"} & set(out), words
    assert cli.texts("a") == [rows[0]["text"]]


def test_wait_as_json(fleet):
    fleet.enqueue("b", ["one", "two"])
    lines = [json.loads(line) for line in fleet.run("wait", "b", "--json").splitlines()]
    assert {line["message_type"] for line in lines} <= {"progress", "result"}
    assert lines[-1]["message_type"] == "result" and lines[-1]["done"] == 2
