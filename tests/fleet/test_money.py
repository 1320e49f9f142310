"""P4: the same is not bought twice, and no more is spent than was allowed; the witness counts the calls."""

import os
import random
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, until  # noqa: E402

JOBS, DIFFERENT = 1000, 100  # tests/bench/money has ten times as many


def test_repeats_are_not_bought(tmp_path):
    """Repeats wherever they stand: next to each other, far apart, in other batches."""
    with Fleet(tmp_path, cap=8, workers=4, latency_ms=20) as fleet:
        fleet.start()
        texts = fleet.texts(DIFFERENT) * (JOBS // DIFFERENT)
        random.Random(1).shuffle(texts)
        texts.sort(key=lambda text: text[-3:])
        fleet.enqueue("one", texts[:JOBS // 2])
        fleet.enqueue("two", texts[JOBS // 2:])
        fleet.wait("one")
        fleet.wait("two")
        one, two = fleet.batch("one"), fleet.batch("two")
        assert one["shared"] + two["shared"] == JOBS - DIFFERENT
        manifest = fleet.get("one")
        attempts = [job["attempts"] for job in manifest["jobs"]]
        assert attempts.count(0) == one["shared"] and set(attempts) <= {0, 1}
        shared = [job for job in fleet.list("one") if job["shared_from"]]
        assert len(shared) == one["shared"] and not any(job["attempts"] for job in shared)
        books = fleet.finish()
        assert books.count("accepted") == DIFFERENT and fleet.calls() == {"answered": DIFFERENT}


def test_one_edited_paragraph_is_one_call(tmp_path):
    with Fleet(tmp_path, cap=8, workers=2, latency_ms=5) as fleet:
        fleet.start()
        texts = fleet.texts(400)
        fleet.enqueue("draft", texts)
        fleet.wait("draft")
        texts[123] = "edited " + texts[123]
        fleet.enqueue("final", texts)
        fleet.wait("final")
        assert fleet.batch("final")["shared"] == 399
        assert fleet.finish().count("accepted") == 401


def test_fresh_buys_again(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5) as fleet:
        fleet.start()
        fleet.enqueue("one", fleet.texts(10))
        fleet.wait("one")
        fleet.enqueue("two", fleet.texts(10), "--fresh", "--force")
        fleet.wait("two")
        assert fleet.batch("two")["shared"] == 0
        assert fleet.states() == {"done": 20} and fleet.witness.stats()["accepted"] == 20
        fleet.stop()


def test_equal_jobs_wait_for_the_one_call_in_flight(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=2000) as fleet:
        fleet.start()
        text = fleet.texts(1)[0]
        fleet.enqueue("a", [text])
        fleet.wait_in_flight(1)
        fleet.enqueue("b", [text] * 5)
        until("all waiting", lambda: fleet.batch("b")["delayed"] == 5)
        assert fleet.list("b")[0]["why"] == "waits for the same text: job 1 of batch a"
        fleet.wait("b")
        assert fleet.finish().count("accepted") == 1


def test_who_waits_for_a_killed_workers_call_goes_on(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=1500) as fleet:
        fleet.start()
        text = fleet.texts(1)[0]
        fleet.enqueue("a", [text])
        fleet.wait_in_flight(1)
        fleet.enqueue("b", [text] * 5)
        until("all waiting", lambda: fleet.batch("b")["delayed"] == 5)
        owner = fleet.value("SELECT w.pid FROM attempt a JOIN worker w ON w.id = a.worker_id"
                            " WHERE a.outcome = 'sending'")
        fleet.kill(owner, signal.SIGKILL)
        fleet.wait("a")
        fleet.wait("b")
        assert fleet.calls() == {"uncertain": 1, "answered": 1}
        assert fleet.finish().count("accepted") == 2
