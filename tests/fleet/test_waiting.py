"""What is said of jobs that wait is all of what keeps them, and true."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile

import pytest

import figures
from fleet import Fleet, program, until

LATER, CONFIG = 75, 78
NOBODY = "65534"


def add_profile(fleet, name):
    """To the settings, which the running service has not read again."""
    ini = fleet.home / "ttsq.ini"
    ini.write_text(ini.read_text() + f"[profile:{name}]\ninherit = main\n")
    path = fleet.home / f"{name}.txt"
    path.write_text("one\ntwo\n")
    fleet.run("enqueue", "--profile", name, "--batch", name, path)


def test_wait_gives_up_on_what_the_service_does_not_know(tmp_path):
    with Fleet(tmp_path, latency_ms=10) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(20))
        fleet.wait("b")
        add_profile(fleet, "late")
        row = next(line for line in fleet.run("status").splitlines() if line.startswith("late"))
        assert "late (unknown to the service)" in row and row.endswith("?"), row
        assert fleet.batch("late")["eta_s"] is None
        done = fleet.command("wait", "--no-wait-paused", "late")
        assert done.returncode == LATER, done
        assert "the running service does not know profile late; `systemctl reload ttsq`" in done.stderr
        assert "until then nothing of late moves" in done.stderr
        fleet.supervisor.send_signal(signal.SIGHUP)
        fleet.run("wait", "--no-wait-paused", "late")  # a reload that is under way is waited for
        fleet.stop()


def test_a_lock_that_keeps_the_service_from_its_start_is_told_and_waited_for(tmp_path):
    with Fleet(tmp_path, workers=1) as fleet:
        fleet.enqueue("b", fleet.texts(2))
        with contextlib.closing(sqlite3.connect(tmp_path / "queue.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            fleet.start(fault="none:none:1")  # does not wait for it
            says = f"the service cannot work: {tmp_path}/queue.db: "
            until("the keeper's word", lambda: says in fleet.run("status"))
            told = fleet.run("why", "b")
            assert f"waits: {says}" in told and f"(held by process {os.getpid()})" in told
            assert "do: nothing; it tries again each second" in told
        fleet.run("wait", "b", "--no-wait-paused")
        fleet.finish()


def test_why_tells_every_obstacle_in_the_order_of_what_a_person_must_do(tmp_path):
    with Fleet(tmp_path) as fleet:
        fleet.enqueue("b", fleet.texts(2))
        fleet.run("pause", "main", "--reason", "tea")
        told = ("waits: no supervisor is running\ndo: `ttsq supervise`, or `ttsq run` for a batch\n"
                "waits: account main is paused: tea\ndo: `ttsq resume main`\n")
        job = fleet.list("b")[0]["id"]
        assert fleet.run("why", "b") == f"2 ready (`ttsq why {job}`)\n{told}"
        assert fleet.run("why", job) == told
        assert "waits     account main is paused: tea" in fleet.run("show", job)
        fleet.enqueue("later", ["x"], "--delay", "10h")
        first, *rest = fleet.run("why", fleet.list("later")[0]["id"]).splitlines(keepends=True)
        assert first.startswith("waits: for its time; starts in ") and "".join(rest) == told


def test_a_batch_that_starts_later_says_when(tmp_path):
    with Fleet(tmp_path) as fleet:
        fleet.start()
        fleet.run("pause", "main", "--for", "1h", "--reason", "tea")
        fleet.enqueue("b", fleet.texts(2), "--delay", "10h")
        said = fleet.run("why", "b")  # the pause is over before
        assert re.match(r"2 delayed: each until its time \(`ttsq why \d+`\)\nthe first that is delayed goes on in ", said)
        assert re.search(r"delayed +0 +text \S+ \S+ +starts at 20\S+Z", fleet.run("list", "b"))
        (fleet.home / "more").write_text("more\n")
        fleet.command("enqueue", "--append", "--batch", "b", "--delay", "11h", fleet.home / "more")
        assert fleet.run("why", "b").startswith("3 delayed: each until its time (`ttsq why ")
        fleet.enqueue("c", fleet.texts(2, tag="c"))
        assert re.search(r"do: nothing; it goes on by itself in (59m5\ds|1h00m), at 20\S+Z \(`ttsq resume main`",
                         fleet.run("why", "c"))
        said = fleet.command("wait", "--no-wait-paused", "c")
        assert said.returncode == LATER
        assert re.search(r"is paused: tea; it goes on in 59m\d\ds, `ttsq resume main` at once", said.stderr), said
        for batch in "b", "c":
            fleet.run("cancel", batch)
        fleet.stop()


def test_a_resumed_account_is_tried_and_not_called_down(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=20, account={"linger_ms": 100},
               profile={"rule": "status:500 -> stop \"add credit\""}) as fleet:
        fleet.start()
        fleet.witness.control(fault={"error": 100})
        fleet.enqueue("b", fleet.texts(4))
        until("the stop", lambda: figures.account(fleet)["stopped"])
        fleet.witness.settle()
        fleet.stop()
        fleet.run("resume", "main")  # nobody is there to make the call
        assert "resumed, one call is tried first" in fleet.run("status")
        account = next(a for a in fleet.status()["accounts"] if a["name"] == "main")
        assert account["breaker"] == "open" and account["breaker_why"] is None
        events = [json.loads(line) for line in fleet.run("log", "--json").splitlines()]
        assert events[-1]["event"] == "resumed" and events[-1]["what"] == "one call is tried, the others follow"
        assert "down" not in {event["event"] for event in events}
        assert re.search(r'provider_down\{account="main"\} 0', fleet.run("status", "--metrics"))
        fleet.witness.control(fault={})
        fleet.start()
        fleet.wait("b")
        assert "up" not in {json.loads(line)["event"] for line in fleet.run("log", "--json").splitlines()}
        fleet.finish()


def test_an_outage_is_told_once(tmp_path):
    with Fleet(tmp_path, workers=1) as fleet:
        fleet.profile["base_url"] = "http://127.0.0.1:9/v1"
        fleet.write_config()
        fleet.start()
        fleet.enqueue("b", fleet.texts(8))
        said = until("an outage", lambda: re.search(r"^waits: .*the provider is down: (.*)$", fleet.run("why", "b"), re.M))
        assert said[1] == "could not connect: 127.0.0.1 port 9"
        until("nothing in flight", lambda: fleet.batch("b")["running"] == 0 and
              "the provider of account 'main' is down: could not connect: 127.0.0.1 port 9; `ttsq resume main` asks now"
              in fleet.command("wait", "--no-wait-paused", "--timeout", "5", "b").stderr)
        fleet.run("cancel", "b")
        fleet.stop()


def test_a_refusal_does_not_repeat_how_long_it_waits(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, say=("--retry-after", "120")) as fleet:
        fleet.start()
        fleet.witness.control(fault={"limit": 100})
        fleet.enqueue("b", fleet.texts(4))
        until("the pause", lambda: "paused until" in fleet.run("status"))
        why = "HTTP 429 Too Many Requests: Rate limit reached. Please try again later"
        assert f"Z: {why}\n" in fleet.run("status")
        assert f"\nwaits: account main is paused: {why}\n" in fleet.run("why", "b")
        assert f"for 2m00s ({why})" in fleet.run("log")
        fleet.run("cancel", "b")
        fleet.stop()


def test_what_is_held_is_released_wherever_it_is_told(tmp_path):
    with Fleet(tmp_path) as fleet:
        fleet.enqueue("b", fleet.texts(2))
        fleet.run("hold", "b")
        job = fleet.list("b")[0]["id"]
        said = [fleet.command(*words) for words in
                (("wait", "b"), ("run", "--batch", "b", fleet.home / "b.txt"), ("why", "b"), ("why", job))]
        for one in said:
            assert "`ttsq release b" in one.stdout + one.stderr and "retry" not in one.stdout + one.stderr, one
        assert "2 of 2 jobs of b are held for a person; " in said[0].stderr


def test_a_cheap_job_says_that_it_waits_behind_a_dear_one(tmp_path):
    with Fleet(tmp_path, cap=1, workers=1, profile={"price": "1.00 USD/100 codepoints"}) as fleet:
        fleet.start()
        fleet.enqueue("b", ["a" * 20, "b" * 90, "c" * 10], "--budget", "1.00")
        fleet.wait("b", code=LATER)
        _, dear, cheap = [job["id"] for job in fleet.list("b")]
        order = "it waits even if it would cost less than is left: a batch is called in its order, and 1 job of b comes"
        assert order in fleet.run("why", cheap) and order not in fleet.run("why", dear)
        fleet.run("cancel", "b")
        fleet.stop()


def test_settings_that_cannot_be_read_again_stand_in_the_log(tmp_path):
    with Fleet(tmp_path) as fleet:
        fleet.start()
        good = (fleet.home / "ttsq.ini").read_text()
        fleet.write_config("[ttsq]\nwokers = 9\n")
        fleet.supervisor.send_signal(signal.SIGHUP)
        until("the complaint", lambda: "keeper reload_failed" in fleet.log())
        fleet.write_config(good)

        def told():
            events = [json.loads(line) for line in fleet.run("log", "--json").splitlines()]
            return [e["what"] for e in events if e["what"].startswith("not taken over, the old settings stay: ")]
        what, = until("the event", told)
        assert "ttsq.ini:2: unknown key wokers in [ttsq]" in what
        fleet.stop()


def test_a_broken_file_of_another_says_who_may_mend_it():
    if os.getuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root with setpriv can be somebody else")
    nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", program())
    with tempfile.TemporaryDirectory(dir="/tmp") as home:  # the parents of tmp_path are private
        os.chmod(home, 0o755)
        with Fleet(home) as fleet:
            fleet.write_config("[ttsq]\nwokers = 9\n")
            os.chmod(fleet.environment["TTSQ_CONFIG"], 0o644)
            if subprocess.run([*nobody, "version"], capture_output=True).returncode != 0:
                pytest.skip("the program cannot be run by another user")
            said = subprocess.run([*nobody, "status"], cwd="/", env=fleet.environment, capture_output=True, text=True)
            assert said.returncode == CONFIG, said
            assert said.stderr.endswith("ttsq.ini:2: unknown key wokers in [ttsq]; did you mean workers? "
                                        "(root may mend this file, not you)\n"), said
            assert "may mend" not in fleet.command("status").stderr


def test_check_does_not_speak_of_keys_that_are_not(tmp_path):
    with Fleet(tmp_path) as fleet:
        fleet.environment = {k: v for k, v in fleet.environment.items() if not k.endswith("_API_KEY")}
        assert "ok    secrets: none; the profiles in service need none\n" in fleet.command("check").stdout
        there = fleet.command("check", OPENAI_API_KEY="k").stdout
        assert "ok    secrets: what the profiles need is there\n" in there
