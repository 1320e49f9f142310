"""P4, P8: with uncertain = hold nobody is billed twice without being asked."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, until  # noqa: E402


def test_an_unknown_outcome_holds_the_job_until_a_person_says(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, account={"uncertain": "hold"}) as fleet:
        fleet.start()
        fleet.witness.control(fault={"silent-close": 100}, fault_first=3)
        fleet.enqueue("b", fleet.texts(10))
        until("held jobs", lambda: fleet.states() == {"held": 3, "done": 7})
        waiting = [job for job in fleet.list("b") if job["state"] == "held"]
        assert len(waiting) == 3 and all(job["why"] for job in waiting)
        assert fleet.batch("b")["uncertain_attempts"] == 3
        assert max(fleet.books().asked.values()) == 1
        fleet.run("retry", "b", "--held")
        fleet.wait("b")
        fleet.finish()
        assert fleet.calls() == {"answered": 10, "uncertain": 3}


def test_a_killed_workers_calls_are_held(tmp_path):
    with Fleet(tmp_path, cap=3, workers=1, latency_ms=1000,
               account={"uncertain": "hold", "linger_ms": 1500}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(3))
        fleet.wait_in_flight(3)
        fleet.kill(fleet.pids("call")[0])
        until("held jobs", lambda: fleet.states() == {"held": 3})
        why = {job["why"] for job in fleet.list("b")}
        assert all("maybe billed" in line for line in why), why
        assert max(fleet.books().asked.values()) == 1
        fleet.witness.control(latency_ms=5)
        fleet.run("retry", "b", "--held")
        fleet.wait("b")
        fleet.finish()
