"""Flow control on whole fleets. The figures in full length: tests/bench/flow."""

import figures
from fleet import Fleet, boot_us, until

SOME_FAILED = 3  # exit code


def test_the_account_allows_fewer_calls_than_we_were_told(tmp_path):
    figure = figures.smaller_cap(tmp_path, jobs=400)
    print(figure)
    assert figure["refusals"] <= 0.10  # a noisy machine; tests/bench/flow has the figure
    assert figure["effective_cap"] < 10


def test_in_no_second_more_calls_than_rate_and_burst(tmp_path):
    figure = figures.rate(tmp_path, seconds=6)
    print(figure)
    assert figure["most_in_a_second"] <= 55
    assert figure["share"] > 0.7  # it goes on; how fast is a figure, not a promise


def test_a_provider_that_is_down_is_asked_by_one_call_at_a_time(tmp_path):
    figure = figures.outage(tmp_path, seconds=4)
    print(figure)
    assert figure["failed"] == 0
    assert 1 <= figure["probes"] <= 8


def test_errors_of_a_whole_provider_cost_no_attempts(tmp_path):
    figure = figures.outage(tmp_path, seconds=6, kind="error")
    print(figure)
    assert figure["failed"] == 0 and figure["probes_at_a_time"] <= 1


def test_one_call_that_is_told_to_wait_tells_all_workers(tmp_path):
    figure = figures.retry_after(tmp_path, seconds=1.5)
    print(figure)
    # calls that were on their way when the answer came may still arrive: a moment later at most
    assert [s for s in figure["calls"] if 0.05 < s < 1.5] == []


def test_a_few_texts_that_always_fail_close_nothing(tmp_path):
    """Three of them are all that is left in the end, and fail again and again."""
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, profile={"retry.max": 6}) as fleet:
        fleet.start()
        fleet.enqueue("good", fleet.texts(40, tag="good"))
        fleet.wait("good")
        fleet.witness.control(fault={"error": 100})
        fleet.enqueue("bad", fleet.texts(3, tag="bad"))
        fleet.wait("bad", code=SOME_FAILED)
        assert figures.account(fleet)["breaker"] == "closed"
        fleet.finish(states=("done", "failed"))


def test_characters_and_spacing(tmp_path):
    with Fleet(tmp_path, cap=8, workers=3, latency_ms=5,
               account={"chars_rate": "400/s", "chars_burst": 100,
                        "min_interval_ms": 20}) as fleet:
        fleet.start()
        texts = fleet.texts(20, chars=40) + fleet.texts(1, chars=300, tag="long")
        fleet.enqueue("b", texts)
        fleet.wait("b")
        books = fleet.finish()
    begun = [(e["t_us"], e["text_bytes"]) for e in books.events if e["ev"] == "accepted"]
    assert len(begun) == 21
    for first in range(len(begun)):
        for last in range(first + 1, len(begun)):
            seconds = (begun[last][0] - begun[first][0]) / 1e6
            spent = sum(size for _, size in begun[first:last])  # all but the last, which may be large
            assert spent <= 300 + 100 + 400 * (seconds + 0.1), (first, last, spent, seconds)
    gaps = sorted(b[0] - a[0] for a, b in zip(begun, begun[1:]))
    print(f"least gap {gaps[0] / 1000:.1f} ms")
    assert gaps[len(gaps) // 2] >= 20_000


def test_pause_and_resume_by_a_person(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=20) as fleet:
        fleet.start()
        assert "until `ttsq resume main`" in fleet.run("pause", "main", "--reason", "night")
        fleet.enqueue("b", fleet.texts(8))
        row = figures.account(fleet)
        assert row["stopped"] and row["paused_by_person"] and row["pause_reason"] == "night"
        assert "paused: night" in fleet.run("status")
        fleet.stop()
        fleet.start()  # it survives
        assert fleet.states() == {"ready": 8} and not fleet.witness.ledger()
        assert fleet.run("resume", "main") == "account main: resumed\n"
        fleet.wait("b")
        fleet.run("pause", "main", "--for", "1s")
        begun = boot_us()
        fleet.enqueue("c", fleet.texts(4, tag="c"))
        fleet.wait("c")
        books = fleet.finish()
    first = [e["t_us"] for e in books.events if e["ev"] == "accepted"][8]
    assert first - begun > 500_000


def test_a_stop_is_ended_by_one_call_that_succeeds(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=20,
               profile={"rule": "status:500 -> stop \"add credit\""}) as fleet:
        fleet.start()
        fleet.witness.control(fault={"error": 100})
        fleet.enqueue("b", fleet.texts(12))
        until("the stop", lambda: figures.account(fleet)["stopped"])
        fleet.witness.settle()
        asked = sum(e["ev"] == "accepted" for e in fleet.witness.ledger())
        assert "one call is tried" in fleet.run("resume", "main")
        until("the stop again", lambda: figures.account(fleet)["stopped"])
        until("the end of the probe", lambda: fleet.outcomes()["sending"] == 0)
        assert sum(e["ev"] == "accepted" for e in fleet.witness.ledger()) == asked + 1
        fleet.witness.control(fault={})
        fleet.run("resume", "main")
        fleet.wait("b")
        fleet.finish()


def test_a_rate_is_changed_under_load(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, account={"rate": "5/s"}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(60))
        assert fleet.run("rate", "main") == "account main: rate 5/s\n"
        assert fleet.run("rate", "main", "off") == "account main: rate no limit (was 5/s)\n"
        fleet.wait("b", seconds=10)  # at 5/s it would take 12 s
        fleet.reload()
        until("the reload", lambda: fleet.log().count("keeper reloaded") >= 1)
        assert fleet.run("rate", "main") == "account main: rate no limit; the settings say 5/s\n"
        fleet.finish()
