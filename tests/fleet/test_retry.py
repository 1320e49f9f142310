"""P3, P8: how often a job is tried, what stops it, and what a person can do about it."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, boot_us, until  # noqa: E402

SOME_FAILED = 3  # exit code


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
        fleet.enqueue("later", fleet.texts(5, tag="later"), "--delay", "2s")
        assert fleet.batch("later")["delayed"] == 5
        fleet.enqueue("now", fleet.texts(5, tag="now"))
        fleet.wait("now")
        assert fleet.batch("later")["delayed"] == 5
        fleet.wait("later")
        books = fleet.finish()
        from_us = [e["t_us"] for e in books.events if e["ev"] == "accepted"][5]
        print(f"delayed by 2 s, called after {(from_us - begun) / 1e6:.3f} s")
        assert 2_000_000 <= from_us - begun < 3_500_000


def test_cancel_while_calls_run(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=500) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(50))
        fleet.enqueue("other", fleet.texts(4, tag="other"))
        fleet.wait_in_flight(4)
        fleet.run("cancel", "b")
        fleet.wait("other")
        fleet.witness.settle()
        until("every attempt's end", lambda: fleet.outcomes()["sending"] == 0)
        row = fleet.batch("b")
        assert row["cancelled"] + row["done"] == 50 and row["cancelled"] >= 40, row
        books = fleet.finish(states=("done", "cancelled"))
        assert books.count("gone") == 0  # what is paid for runs to its end, and is not kept
        assert sum(books.asked.values()) <= 4 + 12


def test_wanted_again_while_calls_run(tmp_path):
    """Each text is asked for once, though all were cancelled and wanted again during their calls."""
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=1500) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(4))
        fleet.wait_in_flight(4)
        fleet.run("cancel", "b")
        said = fleet.run("retry", "b", "--cancelled")
        assert "4 are still in flight: their answers are waited for" in said, said
        fleet.wait("b")
        books = fleet.finish()
        assert set(books.asked.values()) == {1} and len(books.asked) == 4
