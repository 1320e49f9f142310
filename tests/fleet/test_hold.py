"""P4, P8: with uncertain = hold nobody is billed twice without being asked."""

import datetime
import re
import shlex

from fleet import Fleet, until

NOT_FOUND = 4


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


def test_a_batch_is_held_while_its_calls_run(tmp_path):
    """Calls go on and answers are kept; what a call leaves to be done waits for the release, too."""
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=1500) as fleet:
        fleet.start()
        fleet.witness.control(fault={"error": 100}, fault_first=1)
        fleet.enqueue("b", fleet.texts(5))
        fleet.wait_in_flight(2)
        fleet.witness.control(latency_ms=5)  # of the calls to come
        with fleet.witness.frozen():
            said = fleet.command("hold", "b")
            assert said.stdout == "3 jobs of b are held\n" and "2 calls are being made or about to be" in said.stderr, said
            assert fleet.run("hold", "b") == "5 jobs of b are held already\n"
            job = next(job["id"] for job in fleet.list("b") if job["state"] == "running")
            assert fleet.run("retry", "b", "--job", job) == "1 job of b is ready or on the way already\n"
        until("the calls' ends", lambda: fleet.states() == {"held": 4, "done": 1})
        assert fleet.run("why", "b").count("held by a person") > 0
        assert fleet.calls() == {"answered": 1, "failed": 1}
        fleet.run("release", "b", "--job", fleet.list("b")[4]["id"])
        until("the released job's end", lambda: fleet.states() == {"held": 3, "done": 2})
        assert fleet.run("release", "b") == "3 jobs of b are ready again\n"
        fleet.wait("b")
        fleet.finish()
        assert fleet.calls() == {"answered": 5, "failed": 1}


def test_a_time_to_start_outlives_hold_and_cancel(tmp_path):
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=5) as fleet:
        fleet.start()
        month = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)
        fleet.enqueue("late", fleet.texts(3), "--at", month.strftime("%FT%TZ"))
        fleet.enqueue("slow", fleet.texts(2, tag="slow"), "--delay", "10h")
        for batch, jobs in ("late", 3), ("slow", 2):
            before = [job["not_before"] for job in fleet.list(batch)]
            for do in ("hold", batch), ("cancel", batch):
                said = fleet.command(*do)
                assert said.returncode == 0 and {job["state"] for job in fleet.list(batch)} <= {"held", "cancelled"}
                undo = shlex.split(re.search(r"`ttsq ((release|retry) [^`]*)`", said.stderr)[1])
                back = fleet.command(*undo)
                assert back.stdout.startswith("0 jobs of ") and f"{jobs} wait for their time again, not before 20" \
                    in back.stdout, back
                assert f"`ttsq release {batch} --now` starts them at once" in back.stderr
                assert {job["state"] for job in fleet.list(batch)} == {"delayed"}
                assert [job["not_before"] for job in fleet.list(batch)] == before
            assert f"{jobs} jobs of {batch} would be ready now" in fleet.run("release", batch, "--now", "--dry-run")
            assert f"{jobs} jobs of {batch} are ready now" in fleet.run("release", batch, "--now")
            fleet.wait(batch)
        assert "all jobs of late have ended" in fleet.run("release", "late", "--now")
        assert fleet.command("release", "late", "--now", "--job", "1").returncode == NOT_FOUND
        fleet.finish()
