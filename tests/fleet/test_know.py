"""What people are told: the log of events, forecasts, the live view, waiting for several batches."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, program, until  # noqa: E402


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
        told = [(e["event"], e["what"]) for e in events(fleet) if e["who"] == who]
        assert ("command", "retry: ready again: 5 jobs") in told
        assert ("command", "cap: from 4 to 2 calls at a time") in told
        assert ("paused", "tea") in told and ("resumed", "calls are made again") in told
        assert [e["what"] for e in of_kind(fleet, "ended")] == ["7 done, 5 failed", "12 done"]
        text = fleet.run("log")
        assert "b job" in text and "(5 times in" in text and f"({who})" in text
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
