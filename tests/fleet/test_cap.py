"""P1, P2, P5, P7: four processes share one cap; the witness counts, and it refuses what exceeds it."""

from fleet import DEADLINE_S, Fleet, until
from say import text_hash

CAP = 7
WITHIN_S = 3  # a call takes longer in the tests that use it


class OneAccount(Fleet):
    """No other account is there, whose work would make a worker look at this one, too."""

    def write_config(self, text=None):
        super().write_config(text)
        with open(self.home / "ttsq.ini", "a") as config:
            config.write("[profile:say]\naccount = main\n")


class ThreeLengths(Fleet):
    """Calls on one account that may take 20 s, 10 minutes, and one second."""

    def write_config(self, text=None):
        super().write_config(text)
        with open(self.home / "ttsq.ini", "a") as config:
            for name, total_ms in (("long", 600000), ("short", 1000)):
                config.write(f"[profile:{name}]\ninherit = main\ntimeout.total_ms = {total_ms}\n")


def test_the_cap_is_reached_and_never_exceeded(tmp_path):
    jobs = 300
    with Fleet(tmp_path, cap=CAP, workers=4, latency_ms=20, say=["--cap", CAP]) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(jobs))
        fleet.wait("b")
        books = fleet.finish()
        print(f"share of the time at the cap: {books.share_at(CAP, jobs):.3f}")
        assert books.max_in_flight == CAP
        assert books.count("refused") == 0
        assert fleet.calls() == {"answered": jobs}  # nothing was asked twice


def test_a_cap_of_one_with_many_workers(tmp_path):
    with Fleet(tmp_path, cap=1, workers=4, latency_ms=5, say=["--cap", 1]) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(40))
        fleet.wait("b")
        books = fleet.finish()
        assert books.max_in_flight == 1
        assert books.count("refused") == 0


def test_a_small_batch_behind_a_large_one_is_served_at_once(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=20) as fleet:
        fleet.start()
        fleet.enqueue("large", fleet.texts(400, tag="large"))
        fleet.wait_in_flight(4)
        fleet.enqueue("small", fleet.texts(10, tag="small"))
        fleet.wait("small")
        fleet.wait("large")
        books = fleet.finish()
        small = {text_hash(text) for text in fleet.checked["small"]}
        is_small = [event["text_hash"] in small for event in books.events if event["ev"] == "accepted"]
        first, last = is_small.index(True), len(is_small) - is_small[::-1].index(True)
        assert first < len(is_small) - 50, "the large batch was as good as done before the small one came"
        between = is_small[first:last].count(False)
        assert between <= 30, f"{between} calls of the large batch between the first and the last of the small"


def test_large_answers_are_files_and_delivered_whole(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(20, chars=90))
        fleet.wait("b")
        fleet.finish()
        assert fleet.value("SELECT count(*) FROM result WHERE path IS NOT NULL") == 20


def test_a_raised_cap_is_used_while_the_calls_before_go_on(tmp_path):
    with OneAccount(tmp_path, cap=2, workers=1, latency_ms=5000) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(12))
        fleet.wait_in_flight(2)
        fleet.run("cap", "main", 6)
        until("six calls", lambda: fleet.in_flight() == 6, WITHIN_S)
        fleet.witness.control(latency_ms=20)  # of the calls to come
        fleet.wait("b")
        fleet.finish(cap=6)


def test_after_a_lowered_cap_every_worker_goes_on(tmp_path):
    """A worker that gave its last slot back while the others still exceeded the cap looks again."""
    with OneAccount(tmp_path, cap=8, workers=2, latency_ms=1200) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(20))
        fleet.wait_in_flight(8)
        fleet.run("cap", "main", 2)
        until("an end of the excess", lambda: fleet.states().get("done", 0) >= 8)
        fleet.wait("b")
        books = fleet.finish()
        assert books.share_at(2, 20) > 0.7, "one worker made the calls of both"


def test_a_lease_is_as_long_as_the_longest_call_of_its_account(tmp_path):
    """A call begins only where it will be over before its lease, so under a shorter one it never would."""
    with ThreeLengths(tmp_path, cap=2, workers=1) as fleet:
        fleet.start()
        for profile in ("main", "long", "short"):
            fleet.enqueue(profile, fleet.texts(2, tag=profile), "--profile", profile)
        for profile in ("main", "long", "short"):
            fleet.wait(profile, seconds=DEADLINE_S)
        fleet.finish()


def test_slots_of_a_dead_worker_above_a_lowered_cap(tmp_path):
    """The next worker may make no call while they are held, and does so afterwards."""
    with OneAccount(tmp_path, cap=8, workers=1, latency_ms=1000, account={"linger_ms": 2000}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(8))
        fleet.wait_in_flight(8)
        fleet.run("cap", "main", 2)
        fleet.kill(fleet.pids("call")[0])
        fleet.wait("b", seconds=30)
        fleet.finish(cap=8)


def test_a_call_that_was_given_up_keeps_its_slot(tmp_path):
    """We hang up, the provider works on: the next call of that slot has to wait until it must be over."""
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=1500, account={"linger_ms": 20000},
               profile={"timeout.first_byte_ms": 300, "timeout.total_ms": 2000,
                        "retry.uncertain_max": 1}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(2))
        fleet.wait("b", code=None)
        books = fleet.finish(states=("held",))
        assert books.count("gone") == 4
