"""P3, P8: how often a job is tried, what stops it, and what a person can do about it."""

from fleet import DEADLINE_S, Fleet, boot_us, until

USAGE, SOME_FAILED, NOT_FOUND = 2, 3, 4  # exit codes
DELAY_S, DELAY_LATE_S = DEADLINE_S // 15, DEADLINE_S / 20  # longer where everything takes longer


def test_exhausted_jobs_fail_with_a_reason_and_can_be_tried_again(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, profile={"retry.max": 2}) as fleet:
        fleet.start()
        fleet.witness.control(fault={"error": 100})
        fleet.enqueue("b", fleet.texts(6))
        fleet.wait("b", code=SOME_FAILED)
        assert fleet.calls() == {"failed": 12}
        for job in fleet.list("b"):
            assert job["state"] == "failed" and "500" in job["why"], job
        fleet.witness.control(fault={})
        fleet.run("retry", "b", "--failed")
        fleet.wait("b")
        fleet.finish()
        assert fleet.calls() == {"failed": 12, "answered": 6}


def test_refusals_never_fail_a_job(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, say=["--retry-after", "0.01"],
               profile={"retry.max": 1}) as fleet:
        fleet.start()
        fleet.witness.control(fault={"refuse": 50, "limit": 50})
        fleet.enqueue("b", fleet.texts(6))
        until("many refusals", lambda: fleet.outcomes()["refused"] >= 18)
        assert fleet.states().get("failed", 0) == 0
        fleet.witness.control(fault={})
        fleet.wait("b")
        fleet.finish()
        assert fleet.outcomes()["failed"] == 0 and fleet.outcomes()["answered"] == 6


def test_a_delayed_batch_waits_and_then_runs(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5) as fleet:
        fleet.start()
        begun = boot_us()
        fleet.enqueue("later", fleet.texts(5, tag="later"), "--delay", f"{DELAY_S}s")
        assert fleet.batch("later")["delayed"] == 5
        fleet.enqueue("now", fleet.texts(5, tag="now"))
        fleet.wait("now")
        assert fleet.batch("later")["delayed"] == 5
        fleet.wait("later")
        books = fleet.finish()
        from_us = [e["t_us"] for e in books.events if e["ev"] == "accepted"][5]
        seconds = (from_us - begun) / 1e6
        print(f"delayed by {DELAY_S} s, called after {seconds:.3f} s")
        assert DELAY_S <= seconds < DELAY_S + DELAY_LATE_S


def test_cancel_while_calls_run(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=1500) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(50))
        fleet.wait_in_flight(4)
        fleet.witness.control(latency_ms=20)  # of the calls to come
        with fleet.witness.frozen():
            fleet.enqueue("other", fleet.texts(4, tag="other"))
            fleet.run("cancel", "b")
        fleet.wait("other")
        fleet.witness.settle()
        until("every attempt's end", lambda: fleet.outcomes()["sending"] == 0)
        row = fleet.batch("b")
        assert row["cancelled"] == 50, row
        kept = [job for job in fleet.list("b") if "the answer is kept" in job["why"]]
        assert len(kept) == 4 and all(job["result"] is None for job in kept), kept
        said = fleet.run("retry", "b", "--cancelled")
        assert "4 have their answers already" in said, said
        fleet.wait("b")
        books = fleet.finish()
        assert books.count("gone") == 0  # what is paid for runs to its end, and is paid for once
        assert set(books.asked.values()) == {1} and len(books.asked) == 54


def test_wanted_again_while_calls_run(tmp_path):
    """Each text is asked for once, though all were cancelled and wanted again during their calls."""
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=1500) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(4))
        fleet.wait_in_flight(4)
        with fleet.witness.frozen():
            fleet.run("cancel", "b")
            said = fleet.run("retry", "b", "--cancelled")
        assert "4 are still in flight: their answers are waited for" in said, said
        fleet.wait("b")
        books = fleet.finish()
        assert set(books.asked.values()) == {1} and len(books.asked) == 4


def test_jobs_are_picked_by_how_their_newest_call_ended(tmp_path):
    with Fleet(tmp_path, cap=1, workers=1, latency_ms=5,
               profile={"retry.max": 1, "retry.uncertain_max": 1, "timeout.first_byte_ms": 2000,
                        "timeout.total_ms": 10000}) as fleet:
        fleet.start()
        fleet.witness.control(fault={"error": 100}, fault_first=3)
        fleet.enqueue("b", fleet.texts(6))
        fleet.wait("b", code=SOME_FAILED)
        for words, code, line in (
                (("--code", "5xx"), 0, "3 jobs of b would be ready again"),
                (("--code", "500", "--error", "http 500", "--since", "1h"), 0, "3 jobs of b"),
                (("--code", "429"), NOT_FOUND, "no such jobs in b by how their newest call ended"),
                (("--code", "timeout"), NOT_FOUND, "no such jobs"),
                (("--error", "certificate"), NOT_FOUND, "no such jobs"),
                (("--since", "0s"), NOT_FOUND, "no such jobs"),
                (("--code", "6xx"), USAGE, "whole number from 100 to 599"),
                (("--code", "timeout", "--error", "x"), USAGE, "not both")):
            done = fleet.command("retry", "b", "--failed", "--dry-run", *words)
            assert done.returncode == code and line in done.stdout + done.stderr, (words, done)
        assert fleet.states() == {"failed": 3, "done": 3}
        fleet.witness.control(fault={}, latency_ms=60000)
        fleet.run("retry", "b", "--failed", "--code", "5xx")
        until("timeouts", lambda: fleet.outcomes()["uncertain"] == 3)
        fleet.witness.control(latency_ms=5)
        fleet.wait("b", code=SOME_FAILED)
        assert "no such jobs" in fleet.command("retry", "b", "--failed", "--code", "5xx").stderr
        states = ("--failed", "--held")
        assert fleet.run("retry", "b", *states, "--code", "timeout").startswith("3 jobs of b are")
        fleet.wait("b")
        fleet.finish()
