"""P4: the same is not bought twice, and no more is spent than was allowed; the witness counts the calls."""

import csv
import io
import json
import random
import signal

from fleet import DEADLINE_S, Fleet, until

LATER, CONFIG, USAGE = 75, 78, 2  # exit codes
PRICE = {"price": "10.00 USD/1K codepoints"}  # 0.20 USD for a text of 20
TEXT_MICROS = 200_000
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
        with fleet.witness.frozen():
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
        with fleet.witness.frozen():
            fleet.enqueue("b", [text] * 5)
            until("all waiting", lambda: fleet.batch("b")["delayed"] == 5)
            owner = fleet.value("SELECT w.pid FROM attempt a JOIN worker w ON w.id = a.worker_id"
                                " WHERE a.outcome = 'sending'")
            fleet.kill(owner, signal.SIGKILL)
        fleet.wait("a")
        fleet.wait("b")
        assert fleet.calls() == {"uncertain": 1, "answered": 1}
        assert fleet.finish().count("accepted") == 2


# ---- prices and budgets --------------------------------------------------------------------------


def rows(fleet, *words):
    return json.loads(fleet.run("cost", "--json", *words))["rows"]


def test_a_batchs_budget_with_20_calls_in_flight(tmp_path):
    with Fleet(tmp_path, cap=20, workers=4, latency_ms=50, profile=PRICE) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(200), "--budget", "10.10")
        done = fleet.command("wait", "b", seconds=2 * DEADLINE_S)
        assert done.returncode == LATER and "ttsq budget b AMOUNT" in done.stderr, done
        batch = fleet.batch("b")
        assert batch["done"] == 50 and batch["ready"] == 150 and batch["waits_for_budget"]
        assert batch["spent_micros"] == 50 * TEXT_MICROS <= batch["budget_micros"] == 10_100_000
        assert batch["reserved_micros"] == 0 and batch["currency"] == "USD"
        assert "10.00 of 10.10 USD (used up)" in fleet.run("status")
        assert fleet.witness.stats()["accepted"] == 50
        assert "it waits: " in fleet.run("budget", "b")
        fleet.run("budget", "b", "20.00 USD")
        fleet.run("wait", "b", code=LATER)
        assert fleet.witness.stats()["accepted"] == 100
        fleet.run("budget", "b", "2.00 EUR", code=USAGE)
        fleet.run("budget", "b", "none")
        fleet.wait("b")
        assert rows(fleet) == [{"batch": "b", "calls": 200, "chars": 4000, "currency": "USD",
                                "billed_micros": 200 * TEXT_MICROS, "maybe_micros": 0}]
        assert {job["cost_micros"] for job in fleet.get("b")["jobs"]} == {TEXT_MICROS}
        fleet.finish()


def test_an_accounts_budget_of_the_day(tmp_path):
    with Fleet(tmp_path, cap=20, workers=4, latency_ms=20, profile=PRICE,
               account={"budget": "4.19 USD/day"}) as fleet:
        fleet.start()
        fleet.enqueue("a", fleet.texts(30, tag="a"))
        fleet.enqueue("b", fleet.texts(30, tag="b"))
        for batch in "ab":
            error = fleet.command("wait", batch, seconds=2 * DEADLINE_S)
            assert error.returncode == LATER and "wait for the next day" in error.stderr, error
        account = next(a for a in fleet.status()["accounts"] if a["name"] == "main")
        assert account["spent_micros"] == 20 * TEXT_MICROS and account["waits_for_budget"]
        assert "budget of the day used up, 4.00 of 4.19 USD" in fleet.run("status")
        assert fleet.witness.stats()["accepted"] == 20
        fleet.account["budget"] = "1000.00 USD/day"
        fleet.reload()
        fleet.wait("a")
        fleet.wait("b")
        assert sum(row["billed_micros"] for row in rows(fleet, "--by", "day")) == 60 * TEXT_MICROS
        fleet.finish()


def test_what_waits_for_room_under_a_profile_that_is_gone_keeps_nobody_waiting(tmp_path):
    with Fleet(tmp_path, cap=2, workers=2, latency_ms=5, profile=PRICE, account={"budget": "1.00 USD/day"}) as fleet:
        ini = fleet.home / "ttsq.ini"
        ini.write_text(ini.read_text() + "[profile:late]\n" + "".join(
            f"{key} = {value}\n" for key, value in {"base_url": fleet.witness.url, **fleet.profile}.items()))
        fleet.start()
        fleet.enqueue("first", fleet.texts(2))
        fleet.wait("first")
        (fleet.home / "long").write_text("x" * 80 + "\n")
        fleet.command("enqueue", "--profile", "late", "--batch", "large", fleet.home / "long")
        until("the budget is used up", lambda: fleet.status()["accounts"][0]["waits_for_budget"])
        fleet.reload()
        fleet.enqueue("small", fleet.texts(1, tag="s"))
        fleet.wait("small")
        assert fleet.batch("large")["ready"] == 1
        fleet.stop()


def test_killed_workers_never_make_a_budget_larger(tmp_path):
    """What a dead worker had in flight may have been billed, so it counts."""
    with Fleet(tmp_path, cap=20, workers=4, latency_ms=900, profile=PRICE) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(200), "--budget", "10.00")
        for _ in range(3):
            fleet.wait_in_flight(5)
            fleet.kill(fleet.pids("call")[0])
        fleet.witness.control(latency_ms=20)  # of the calls to come
        fleet.run("wait", "b", code=LATER, seconds=2 * DEADLINE_S)
        batch = fleet.batch("b")
        assert batch["spent_micros"] == 50 * TEXT_MICROS and batch["reserved_micros"] == 0
        bill, = rows(fleet)
        counted = fleet.calls()
        assert bill["billed_micros"] == counted["answered"] * TEXT_MICROS
        assert bill["maybe_micros"] == counted["uncertain"] * TEXT_MICROS
        assert fleet.witness.stats()["accepted"] <= 50
        fleet.run("check")
        fleet.run("budget", "b", "none")
        fleet.wait("b")
        fleet.finish()


def test_the_estimate_is_what_it_costs(tmp_path):
    with Fleet(tmp_path, cap=8, workers=2, latency_ms=5, profile=PRICE) as fleet:
        texts = fleet.texts(10) * 3
        path = tmp_path / "in.txt"
        path.write_text("".join(text + "\n" for text in texts))
        dry = ("enqueue", "--dry-run", path)
        assert "30 jobs, 600 characters, 10 calls, 20 shared, about 2.00 USD" in fleet.run(*dry)
        assert not (tmp_path / "queue.db").exists()
        assert "30 calls, about 6.00 USD" in fleet.run(*dry, "--fresh")
        fleet.start()
        fleet.enqueue("one", texts)
        fleet.wait("one")
        assert fleet.batch("one")["spent_micros"] == 2_000_000
        path.write_text("".join(text + "\n" for text in texts[:-1] + ["a text that is new."]))
        estimate, = json.loads(fleet.run(*dry, "--json"))["batches"]
        assert estimate["estimate"] == {"calls": 1, "shared": 29, "cost_micros": 190_000, "currency": "USD"}
        table = list(csv.reader(io.StringIO(fleet.run("cost", "--csv"))))
        assert table == [["batch", "calls", "characters", "billed_micros", "maybe_micros", "currency"],
                         ["one", "10", "200", "2000000", "0", "USD"]]
        assert fleet.run("cost", "--since", "2999-01-01") == ""
        fleet.run("cost", "--since", "yesterday", code=USAGE)
        fleet.finish()


def test_a_budget_needs_a_price(tmp_path):
    with Fleet(tmp_path) as fleet:
        path = tmp_path / "in.txt"
        path.write_text("text\n")
        assert "has no price" in fleet.command("enqueue", path, "--budget", "1.00").stderr
        fleet.run("enqueue", path, "--budget", "1.00", code=CONFIG)
        fleet.enqueue("b", fleet.texts(1))
        assert "has no price" in fleet.command("budget", "b", "1.00").stderr
        fleet.run("budget", "b", "1.00", code=CONFIG)
        fleet.profile.update(PRICE)
        fleet.write_config()
        fleet.run("enqueue", path, "--budget", "cheap", code=USAGE)
        fleet.run("enqueue", path, "--budget", "1.00 EUR", code=USAGE)


def test_enqueue_says_when_a_budget_will_not_do(tmp_path):
    with Fleet(tmp_path, profile=PRICE) as fleet:
        path = tmp_path / "in.txt"
        path.write_text("x" * 20 + "\n" + "y" * 20 + "\n")
        less = fleet.command("enqueue", "--dry-run", path, "--budget", "0.30").stderr
        assert "warning: that is more than its budget of 0.30 USD" in less
        assert "warning" not in fleet.command("enqueue", path, "--budget", "0.40").stderr


def test_what_a_job_may_have_cost_is_no_reason_of_its_own(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=20, profile=PRICE) as fleet:
        fleet.start()
        fleet.witness.control(fault={"reset": 100})
        fleet.enqueue("b", fleet.texts(1) + fleet.texts(2, chars=40, tag="long"), "--uncertain", "hold")
        fleet.wait("b", code=3)
        assert {job["why"].rsplit(": ", 1)[1] for job in fleet.list("b")} == {"0.20 USD", "0.40 USD"}
        group, = json.loads(fleet.run("list", "--by-why", "--json"))
        assert group["jobs"] == 3 and group["why"].endswith("; 1 call may have been billed")
        fleet.stop()


def test_a_held_job_says_what_it_may_have_cost(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=20, profile=PRICE) as fleet:
        fleet.start()
        fleet.witness.control(fault={"reset": 100})
        fleet.enqueue("b", fleet.texts(1), "--uncertain", "hold")
        fleet.wait("b", code=3)
        job, = fleet.list("b")
        assert job["state"] == "held"
        assert job["why"].endswith("; 1 call may have been billed: 0.20 USD"), job["why"]
        assert rows(fleet)[0]["maybe_micros"] == TEXT_MICROS
        fleet.witness.control(fault={})
        fleet.run("retry", "b", "--held")
        fleet.wait("b")
        fleet.finish()


def test_what_is_asked_with_another_profile_than_the_key_says_is_not_shared(tmp_path):
    """A command with a newer configuration has told the store; the workers have not reloaded yet."""
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=5) as fleet:
        fleet.start()
        texts = fleet.texts(3)
        fleet.profile["model"] = "tts-1-hd"
        fleet.write_config()
        fleet.enqueue("old", texts)  # known as asked with the new model
        fleet.wait("old")
        fleet.reload()
        until("the reload", lambda: "call reload" in fleet.log())
        for batch in ("new", "newer"):
            fleet.enqueue(batch, texts)
            fleet.wait(batch)
        fleet.stop()
        assert set(fleet.books().asked.values()) == {2}  # with each model once
