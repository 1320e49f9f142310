"""`ttsq status`: what it must show however narrow the terminal is, and what money does to a forecast."""

import datetime
import json
import re
import signal

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fleet import Fleet, program, until
from terminal import Terminal

PRICE = {"price": "10000.00 USD/1M codepoints"}
TEXT_USD = 0.20  # a text of fleet.texts has 20 characters


def on_terminal(fleet, columns, *words):
    """What stands there, line by line."""
    with Terminal([program(), "status", *words], fleet.environment, columns=columns, cwd=fleet.home) as terminal:
        assert terminal.wait() == 0
        return terminal.said.replace("\r", "").splitlines()


def words_of(lines):
    return re.sub(r"\s+", " ", " ".join(lines))


@pytest.fixture(name="troubled", scope="module")
def _troubled(tmp_path_factory):
    """Nothing runs; one batch has all that is bad, another is all well."""
    with Fleet(tmp_path_factory.mktemp("troubled"), cap=2, profile={"retry.max": 1},
               say=("--fault", "error=100", "--fault-first", "2")) as fleet:
        fleet.start()
        fleet.enqueue("a-book-with-a-long-name", fleet.texts(2))
        fleet.wait("a-book-with-a-long-name", code=3)
        fleet.run("pause", "main", "--reason", "the key is being changed")
        more = fleet.home / "more.txt"
        more.write_text("".join(f"more of it, {i}\n" for i in range(40)))
        fleet.run("enqueue", more, "--append", "--batch", "a-book-with-a-long-name")
        ids = [job["id"] for job in fleet.list("a-book-with-a-long-name") if job["state"] == "ready"]
        fleet.run("cancel", "a-book-with-a-long-name", "--job", ids[0])
        fleet.run("hold", "a-book-with-a-long-name", "--job", ids[1])
        late = fleet.home / "late.txt"
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        late.write_text("much too late\n")
        fleet.run("enqueue", late, "--batch", "late", "--by", soon.strftime("%FT%TZ"))
        until("its deadline", lambda: next(b for b in fleet.status()["batches"] if b["name"] == "late")["late"])
        yield fleet
        for batch in ("a-book-with-a-long-name", "late"):
            fleet.run("cancel", batch)
        fleet.stop()


@pytest.mark.parametrize("columns", [200, 80, 60, 40, 20])
def test_what_is_bad_is_seen_on_any_terminal(troubled, columns):
    lines = on_terminal(troubled, columns)
    assert all(len(line) <= columns for line in lines), lines
    said = words_of(lines)
    if columns < 100:
        assert "SHARED" not in said and "SPENT" not in said, said  # these say nothing
    assert "the key is being changed" in said, said
    assert re.search(r"\? late\b", said), said
    if columns == 200:
        assert re.search(r"a-book-with-a-long-name +main +42 +38 +0 +0 +0 +2 +1 +1 ", "\n".join(lines)), lines
    else:
        for head in ("FAILED", "CANCELLED", "HELD"):
            assert head in said, (head, lines)
    if columns == 20:
        beneath = words_of(line for line in lines if line.startswith("  "))
        assert "FAILED 2" in beneath and "CANCELLED 1" in beneath and "HELD 1" in beneath, lines


def row_of(fleet, batch):
    return next(row for row in fleet.status()["batches"] if row["name"] == batch)


def warm_up(fleet):
    fleet.start()
    fleet.enqueue("first", fleet.texts(12, tag="first"))
    fleet.wait("first")


def test_a_forecast_ends_where_the_batchs_budget_does(tmp_path):
    with Fleet(tmp_path, cap=2, latency_ms=300, profile=PRICE) as fleet:
        warm_up(fleet)
        fleet.enqueue("b", fleet.texts(400), "--budget", f"{100 * TEXT_USD:.2f}")
        until("a call", lambda: row_of(fleet, "b")["running"])
        row = row_of(fleet, "b")
        assert row["eta_s"] is None and 5 < row["money_s"] < 20, row  # 100 calls, two at a time
        assert re.search(r" stops 0:[01]\d\n", fleet.run("status"))
        last = fleet.list("b")[-1]["id"]
        assert "before its turn the batch's budget is used up" in fleet.run("why", last)
        assert "`ttsq budget b AMOUNT`" in fleet.run("why", last)
        progress = fleet.command("wait", "b", "--json", "--timeout", "1")
        assert json.loads(progress.stdout.splitlines()[0])["money_s"] > 0, progress
        with Terminal([program(), "wait", "b", "--timeout", "2"], fleet.environment, columns=200,
                      cwd=fleet.home) as terminal:
            assert terminal.wait() == 75
            assert "the batch's budget lasts 0:" in terminal.said
        fleet.run("budget", "b", "none")
        until("a forecast to the end", lambda: row_of(fleet, "b")["eta_s"])
        assert row_of(fleet, "b")["money_s"] is None
        fleet.run("cancel", "b")
        until("no call", lambda: fleet.in_flight() == 0)
        fleet.finish(states=("done", "cancelled"))


def test_a_forecast_waits_for_the_next_day(tmp_path):
    with Fleet(tmp_path, cap=2, latency_ms=300, profile=PRICE,
               account={"budget": f"{112 * TEXT_USD:.2f} USD/day"}) as fleet:
        warm_up(fleet)
        fleet.enqueue("b", fleet.texts(400))
        until("a call", lambda: row_of(fleet, "b")["running"])
        row = row_of(fleet, "b")
        assert row["money_s"] < 60 and row["eta_s"] > 2 * 86400, row  # 100, 112, 112 and 76 texts
        assert re.search(r"USD today, used up in 0:[01]\d", fleet.run("status"))
        assert "the day's budget of account main is used up" in fleet.run("why", fleet.list("b")[-1]["id"])
        fleet.run("pause", "main", "--reason", "tea")
        assert re.search(r" paused(?:, \d+ more claimed)? \(\S+ of \S+ USD today\): tea$", fleet.run("status"), re.M)
        fleet.run("cancel", "b")
        until("no call", lambda: fleet.in_flight() == 0)
        fleet.finish(states=("done", "cancelled"))


def metrics_of(fleet):
    """Each sample by its name and what it is of, as Prometheus' own reader understands them."""
    families = list(text_string_to_metric_families(fleet.run("status", "--metrics")))
    assert all(family.documentation and family.type == "gauge" for family in families)
    return {(sample.name, *sample.labels.values()): sample.value
            for family in families for sample in family.samples}


def test_metrics_say_what_status_says(troubled):
    metrics, status = metrics_of(troubled), troubled.status()
    batches = [batch for batch in status["batches"] if batch["account"] == "main"]
    for state in "ready", "delayed", "running", "done", "failed", "cancelled", "held":
        assert metrics["ttsq_jobs", "main", state] == sum(batch[state] for batch in batches)
    assert metrics["ttsq_jobs", "main", "failed"] > 0 and metrics["ttsq_jobs", "main", "ready"] > 0
    assert metrics["ttsq_account_cap", "main"] == 2 and metrics["ttsq_account_stopped", "main"] == 1
    assert metrics["ttsq_batches_open", "main"] == len(batches)
    assert metrics["ttsq_supervisor_running",] == (status["supervisor"] == "running")
    assert metrics["ttsq_workers", "call"] == sum(worker["kind"] == "call" for worker in status["workers"])
    assert troubled.command("status", "--metrics", "--json").returncode == 2


def test_more_running_than_the_cap_is_explained(tmp_path):
    """Jobs are running from their claim on; the cap is of calls, and a worker claims ahead where calls are short."""
    with Fleet(tmp_path, cap=1, workers=1, latency_ms=2) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(3000))
        until("jobs claimed ahead", lambda: fleet.value("SELECT n_running FROM batch") > 3)
        for process in fleet.processes():
            fleet.kill(process.pid, signal.SIGSTOP)  # none moves while it is looked at
        status = fleet.status()
        account, = (account for account in status["accounts"] if account["name"] == "main")
        batch, = status["batches"]
        more = batch["running"] - account["in_flight"]
        assert more > 0, (account, batch)
        assert f"open, {more} more claimed" in fleet.run("status")
        for process in fleet.processes():
            fleet.kill(process.pid, signal.SIGCONT)
        fleet.run("cancel", "b")
        fleet.stop()
