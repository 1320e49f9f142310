"""What people are told: the log of events, forecasts, the live view, waiting for several batches."""

import datetime
import json
import re
import signal
import subprocess
import time

from fleet import Fleet, program, until
from terminal import ENTER, LEAVE, Terminal


def events(fleet, *words):
    return [json.loads(line) for line in fleet.run("log", "--json", "-n", 1000, *words).splitlines()]


def of_kind(fleet, kind, *words):
    return [event for event in events(fleet, *words) if event["event"] == kind]


def test_the_log_tells_a_batch_s_life_and_who_did_what(tmp_path):
    with Fleet(tmp_path, cap=4, profile={"retry.max": 1},
               say=("--fault", "error=100", "--fault-first", "5")) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(12))
        fleet.wait("b", code=3)
        me = fleet.run("log", "--json", "--batch", "b").splitlines()[0]
        who = json.loads(me)["who"]
        assert who
        assert [e["event"] for e in events(fleet, "--batch", "b")] == ["enqueued", "failed", "ended"]
        failed, = of_kind(fleet, "failed")
        assert failed["times"] == 5 and "HTTP 500" in failed["what"] and failed["who"] is None
        assert of_kind(fleet, "ended")[0]["what"] == "7 done, 5 failed"
        fleet.run("retry", "b", "--failed")
        fleet.wait("b")
        fleet.run("cap", "main", 2)
        fleet.run("pause", "main", "--reason", "tea")
        fleet.run("resume", "main")
        fleet.run("pause", "main", "--for", "1h", "--reason", "lunch")
        fleet.run("resume", "main")
        fleet.run("rate", "main", "420/min")
        told = [(e["event"], e["what"]) for e in events(fleet) if e["who"] == who]
        assert ("command", "retry: ready again: 5 jobs") in told
        assert ("command", "cap: from 4 to 2 calls at a time") in told
        assert ("paused", "tea") in told and ("resumed", "calls are made again") in told
        assert ("paused", "for 1h00m (lunch)") in told and ("command", "rate: 420/min") in told
        assert [e["what"] for e in of_kind(fleet, "ended")] == ["7 done, 5 failed", "12 done"]
        text = fleet.run("log")
        assert "b job" in text and "(5 times within" in text and f"({who})" in text
        assert fleet.command("log", "--since", "0s").returncode == 4
        missing = fleet.command("log", "--batch", "bb")
        assert missing.returncode == 4 and "did you mean 'b'?" in missing.stderr
        fleet.finish()


def test_the_log_tells_of_a_worker_that_died_and_came_again(tmp_path):
    with Fleet(tmp_path, cap=4, latency_ms=200) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(40))
        fleet.wait_in_flight(4)
        fleet.kill(fleet.pids("call")[0])
        until("an event of its death", lambda: of_kind(fleet, "died"))
        assert re.fullmatch(r"call worker, pid \d+: (1 call|\d+ calls) with unknown outcome, \d+ not sent",
                            of_kind(fleet, "died")[0]["what"])
        until("an event of its return",
              lambda: any("restart 1" in e["what"] for e in of_kind(fleet, "started")))
        fleet.wait("b")
        fleet.finish()
        assert of_kind(fleet, "left")


def test_the_log_follows(tmp_path):
    with Fleet(tmp_path, cap=4) as fleet:
        fleet.start()
        fleet.enqueue("a", fleet.texts(2))
        fleet.wait("a")
        follower = subprocess.Popen([program(), "log", "--follow", "--json", "--batch", "b"], text=True,
                                    stdout=subprocess.PIPE, env=fleet.environment, cwd=fleet.home)
        fleet.enqueue("b", fleet.texts(3, tag="other"))
        fleet.wait("b")
        assert [json.loads(follower.stdout.readline())["event"] for _ in range(2)] == ["enqueued", "ended"]
        follower.terminate()
        assert follower.wait(10) == 0 and follower.stdout.read() == ""
        fleet.finish()


# ---- forecasts ------------------------------------------------------------------------------------


def test_a_forecast_is_made_and_comes_true(tmp_path):
    """Printed, not judged: how good it is on a quiet machine is shown in unit/test_queue_eta.c."""
    with Fleet(tmp_path, cap=4, latency_ms=50) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(200))
        said = []
        for percent in (20, 50, 80):
            row = until(f"{percent} %", lambda: (lambda b: b["done"] >= 2 * percent and b)(fleet.batch("b")))
            said.append((percent, row["eta_s"], time.monotonic()))
        text = fleet.run("why", fleet.list("b")[-1]["id"])
        assert "expected to start in about" in text or "a call is being made" in text or "done" in text
        fleet.wait("b")
        end = time.monotonic()
        for percent, eta_s, at in said:
            assert eta_s is not None
            print(f"at {percent} %: ETA {eta_s:.2f} s, it took {end - at:.2f} s")
        assert fleet.batch("b")["eta_s"] == 0
        account = next(a for a in fleet.status()["accounts"] if a["name"] == "main")
        assert account["call_s"] >= 0.05
        fleet.finish()


def test_a_forecast_knows_delays_and_planned_starts(tmp_path):
    with Fleet(tmp_path, cap=4) as fleet:
        fleet.start()
        fleet.enqueue("a", fleet.texts(6))
        fleet.wait("a")
        fleet.enqueue("delayed", fleet.texts(6, tag="delayed"), "--delay", "5h")
        at = datetime.datetime.now().astimezone() + datetime.timedelta(hours=5)
        fleet.enqueue("planned", fleet.texts(6, tag="planned"), "--at", at.isoformat(timespec="seconds"))
        for batch in "delayed", "planned":
            assert 4.5 * 3600 < fleet.batch(batch)["eta_s"] < 5.5 * 3600
        fleet.stop()


def test_nothing_is_forecast_while_nothing_moves(tmp_path):
    with Fleet(tmp_path, cap=2, account={"rate": "600/min"}) as fleet:
        fleet.start()
        fleet.enqueue("a", fleet.texts(6))
        fleet.wait("a")
        fleet.run("pause", "main", "--reason", "tea")
        fleet.enqueue("b", fleet.texts(6, tag="other"))
        assert fleet.batch("b")["eta_s"] is None
        assert "10/s" in fleet.run("status") and "paused: tea" in fleet.run("status")
        done = fleet.command("wait", "b", "--no-wait-paused")
        assert done.returncode == 75 and "tea" in done.stderr and "ttsq resume main" in done.stderr
        fleet.run("resume", "main")
        fleet.wait("b")
        fleet.finish()


# ---- waiting for several --------------------------------------------------------------------------


def test_wait_for_several_and_for_any(tmp_path):
    with Fleet(tmp_path, cap=4) as fleet:
        fleet.start()
        fleet.enqueue("small", fleet.texts(2))
        fleet.enqueue("large", fleet.texts(60, tag="large"))
        first = fleet.command("wait", "--any", "large", "small")
        assert first.returncode == 0 and first.stdout in ("small\n", "large\nsmall\n")
        done = fleet.command("wait", "small", "large", "small")
        assert done.returncode == 0
        assert "small: all 2 jobs are done" in done.stderr
        assert done.stderr.count("are done") == 2
        lines = [json.loads(line) for line in fleet.run("wait", "small", "large", "--json").splitlines()]
        assert {(line["message_type"], line["batch"]) for line in lines} == {("result", "small"),
                                                                            ("result", "large")}
        fleet.run("cap", "main", 1)
        fleet.enqueue("held", fleet.texts(3, tag="held"))
        fleet.run("cancel", "held")
        assert fleet.command("wait", "small", "held").returncode in (0, 3)
        missing = fleet.command("wait", "small", "lrage")
        assert missing.returncode == 4 and "did you mean 'large'?" in missing.stderr
        fleet.finish(cap=4, states=("done", "cancelled"))


def test_wait_without_a_name(tmp_path):
    with Fleet(tmp_path, cap=4) as fleet:
        fleet.start()
        fleet.enqueue("old", fleet.texts(1))
        fleet.wait("old")
        nothing = fleet.command("wait")
        assert nothing.returncode == 0 and "there is nothing to wait for" in nothing.stderr
        fleet.enqueue("a", fleet.texts(1, tag="a"), "--delay", "1s")
        alone = fleet.command("wait")
        assert alone.returncode == 0 and "waiting for batch a\n" in alone.stderr and "one job is done" in alone.stderr
        for name in "b", "c":
            fleet.enqueue(name, fleet.texts(2, tag=name), "--delay", "1s")
        both = fleet.command("wait")
        assert both.returncode == 0 and "waiting for 2 batches" in both.stderr
        assert "b: all 2 jobs are done" in both.stderr and "c: all 2 jobs are done" in both.stderr
        assert "old" not in both.stderr
        fleet.finish(cap=4)


# ---- on a terminal --------------------------------------------------------------------------------


def watch(fleet, *words, **size):
    return Terminal([program(), *words], fleet.environment, cwd=fleet.home, **size)


def test_the_live_view_lives_and_gives_the_terminal_back(tmp_path):
    with Fleet(tmp_path, cap=2) as fleet:
        fleet.start()
        fleet.enqueue("第二章", fleet.texts(3))
        fleet.wait("第二章")
        with watch(fleet, "status", "--watch", columns=100, rows=30) as terminal:
            terminal.read(lambda said: ENTER in said and terminal.frames())
            assert not terminal.is_as_before()
            head = next(line for line in terminal.frames()[-1] if line.startswith("BATCH"))
            row = next(line for line in terminal.frames()[-1] if line.startswith("第二章"))
            total = row.index(" 3 ") + 2 + len("第二章")  # columns; each of its characters takes two
            assert head.index("TOTAL") + len("TOTAL") == total
            terminal.resize(20, 6)
            frame = terminal.next_frame()
            assert len(frame) <= 6
            assert all(len(line) + sum(ord(c) > 0x3000 for c in line) <= 20 for line in frame), frame
            terminal.press("q")
            assert terminal.wait() == 0
            assert terminal.said.endswith(LEAVE) and terminal.is_as_before()
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with watch(fleet, "status", "--watch") as terminal:
                terminal.read(lambda said: terminal.frames())
                terminal.process.send_signal(signum)
                assert terminal.wait() == 0
                assert terminal.said.endswith(LEAVE) and terminal.is_as_before()
        fleet.finish()


def test_the_live_view_stops_and_goes_on(tmp_path):
    shell = 'set -m; "$@"; echo STOPPED; read -r line; fg; echo ENDED $?'
    with Fleet(tmp_path, cap=2) as fleet:
        fleet.start()
        with Terminal(["bash", "-c", shell, "-", program(), "status", "--watch"], fleet.environment,
                      cwd=fleet.home) as terminal:
            terminal.read(lambda said: terminal.frames())
            terminal.press("\x1a")  # Ctrl-Z
            terminal.read(lambda said: "STOPPED" in said)
            assert terminal.said.count(LEAVE) == 1 and terminal.said.index(LEAVE) < terminal.said.index("STOPPED")
            assert terminal.is_as_before()
            terminal.press("\n")
            terminal.read(lambda said: said.count(ENTER) == 2)
            terminal.next_frame()
            terminal.press("q")
            terminal.read(lambda said: "ENDED 0" in said)
            assert terminal.said.count(LEAVE) == 2 and terminal.is_as_before()
        fleet.finish()


def test_the_live_view_on_a_pipe(tmp_path):
    with Fleet(tmp_path, cap=2) as fleet:
        fleet.start()
        for words, is_right in ((["--json"], lambda line: json.loads(line)["message_type"] == "status"),
                                ([], lambda line: line == "supervisor: running\n")):
            process = subprocess.Popen([program(), "status", "--watch", *words], text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env=fleet.environment, cwd=fleet.home)
            assert is_right(process.stdout.readline())
            process.stdout.close()  # the reader has gone
            assert process.wait(30) != 0
            assert "\x1b" not in process.stderr.read()
            process.stderr.close()
        fleet.finish()


def test_no_table_is_wider_than_a_narrow_terminal(tmp_path):
    with Fleet(tmp_path, cap=2, profile={"retry.max": 1},
               say=("--fault", "error=100", "--fault-first", "2")) as fleet:
        fleet.start()
        fleet.enqueue("長い名前の本", ["短い文です。", "もう一つの文です。", "三つ目の文です。"])
        fleet.wait("長い名前の本", code=3)
        for words in (["status"], ["list", "長い名前の本"], ["list"], ["show", fleet.list("長い名前の本")[0]["id"]]):
            with watch(fleet, *words, columns=20) as terminal:
                assert terminal.wait() == 0
                tables = [line for line in terminal.said.splitlines() if "  " in line]
                wide = [line for line in tables if words[0] != "show" and
                        len(line) + sum(0x3000 < ord(c) < 0xa000 for c in line) > 20]
                assert not wide
        fleet.finish(states=("done", "failed"))


def test_help_of_a_command_is_its_help(tmp_path):
    for name in ("log", "status", "wait"):
        texts = {subprocess.run([program(), *words], capture_output=True, text=True).stdout
                 for words in (["help", name], [name, "--help"], [name, "-h"])}
        assert len(texts) == 1 and "ttsq " + name in texts.pop()
    wrong = subprocess.run([program(), "help", "lgo"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "did you mean 'log'?" in wrong.stderr
