"""`ttsq check`: what it finds wrong it names with what to do, and what is right it says, too."""

import json
import os
import socket
import sqlite3

from cli import CONFIG, NO_SERVICE
from fleet import Fleet, until


def lines(fleet, *words, code=0):
    done = fleet.command("check", *words)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout.splitlines()


def test_deep_tells_what_is_there_and_what_deaths_left(tmp_path):
    with Fleet(tmp_path, cap=2, workers=2) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(4))
        fleet.wait("b")
        said = lines(fleet, "--deep")
        assert "ok    locks: 3 processes are at work" in said
        assert any(line.startswith("ok    log: ") for line in said)
        assert "ok    clock: no batch is from the future" in said
        fleet.kill_all()
        assert any("3 of 3 processes have died; `ttsq supervise` clears up" in line
                   for line in lines(fleet, "--deep"))
        fleet.start()
        until("the keeper's clearing up", lambda: "ok    locks: 3 processes are at work" in lines(fleet, "--deep"))
        stray = fleet.settings["results"] / "ab" / f"{'0' * 16}-{'0' * 64}.wav"
        stray.parent.mkdir(exist_ok=True)
        stray.write_bytes(b"RIFF")
        os.utime(stray, (1, 1))
        assert any("1 files" in line and "audit --repair" in line for line in lines(fleet, "--deep"))
        stray.unlink()
        fleet.finish()


def test_a_batch_from_the_future_means_that_the_clock_was_set_back(tmp_path):
    with Fleet(tmp_path, cap=1, workers=1) as fleet:
        fleet.enqueue("b", fleet.texts(1))
        with sqlite3.connect(tmp_path / "queue.db") as db:
            db.execute("PRAGMA wal_autocheckpoint = 0")
            db.execute("UPDATE batch SET created_ms = created_ms + 86400000")
        assert any(line.startswith("warn  clock: ") and "in the future" in line for line in lines(fleet, "--deep"))


def test_online_connects_and_asks_for_nothing(tmp_path):
    with Fleet(tmp_path, cap=1, workers=1) as fleet:
        fleet.enqueue("b", fleet.texts(1))
        host = fleet.witness.url.split("/v1")[0]
        assert any(f"{host}/ answers; no request was sent" in line for line in lines(fleet, "--online"))
        fleet.witness.stop()
        assert not fleet.witness.ledger()


def test_online_names_who_cannot_be_reached(tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        with Fleet(tmp_path, cap=1, workers=1, profile={"base_url": url}) as fleet:
            fleet.enqueue("b", fleet.texts(1))
            said = lines(fleet, "--online", code=NO_SERVICE)
            assert any(line.startswith("FAIL  provider of main: http://127.0.0.1") for line in said), said


def test_online_leaves_out_who_serves_by_accident(tmp_path):
    """A key in the environment puts a built-in profile in service; nobody here has chosen it."""
    with Fleet(tmp_path, cap=1, workers=1) as fleet:
        fleet.environment["OPENAI_API_KEY"] = "sk-of-another-program"
        fleet.enqueue("b", fleet.texts(1))
        said = "".join(lines(fleet, "--online"))
        assert "provider of main: " in said and "openai" not in said, said
        assert "provider of say" not in said, said


def test_check_for_programs(cli):
    cli.write("a.txt", "a text\n")
    cli("enqueue", "a.txt")
    document = json.loads(cli("check", "--json")[0])
    assert document["message_type"] == "check" and document["exit_code"] == 0
    assert {"ok", "warn"} == {line["verdict"] for line in document["checks"]}
    assert any(line["text"].startswith("database: ") for line in document["checks"])
    with open(cli.home / "ttsq.ini", "a") as file:
        file.write("[account:main]\nconcurency = 5\n")
    document = json.loads(cli("check", "--json", code=CONFIG)[0])
    assert document["exit_code"] == CONFIG and "concurrency" in document["checks"][0]["text"]
    assert document["checks"][0]["verdict"] == "fail"


def test_answers_lie_beside_their_queue(cli):
    (cli.home / "ttsq.ini").write_text("[ttsq]\ndatabase = other/queue.db\n")
    origin = cli("check", "--origin")[0]
    assert f"{cli.home}/other/results" in cli("check", code=None)[0] or f"{cli.home}/other/results" in origin


def test_check_finds_an_account_that_is_misspelt(cli):
    ini = "[account:%s]\nconcurrency = 5\n[profile:p]\ninherit = say\naccount = main\n"
    (cli.home / "ttsq.ini").write_text(ini % "mian")
    said = cli("check", code=CONFIG)[0]
    assert "ttsq.ini:5: account: there is no [account:main]; did you mean mian?" in said
    (cli.home / "ttsq.ini").write_text(ini % "studio")
    said = cli("check", code=None)[0]
    assert "account studio: no profile uses it" in said and "there is no [account:main]" in said
    (cli.home / "ttsq.ini").write_text(ini % "mian" + "[account:main]\n")
    assert "there is no" not in cli("check", code=None)[0]
