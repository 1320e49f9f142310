"""P3, P7: a batch goes only when it was fetched whole, or a person says so; what stays, stays."""

import json
import os
import pathlib

from fleet import Fleet, LONG_TEXT_CHARS, until

FAILED, USAGE, NOT_FOUND = 1, 2, 4
PRICE = {"price": "15.00 USD/1M codepoints"}


def answer_files(fleet):
    root = pathlib.Path(fleet.settings["results"])
    return [p for p in root.rglob("*") if p.is_file() and "segments" not in p.parts and p.name != "reserve"]


def rows_left(fleet):
    return {table: fleet.value(f"SELECT count(*) FROM {table}")
            for table in ("job", "job_text", "attempt", "result", "request", "piece")}


def cost(fleet):
    document = json.loads(fleet.run("cost", "--by", "account", "--json"))
    return {key: document[key] for key in document if key != "message_type"}


def test_a_batch_goes_when_it_was_fetched_and_what_it_cost_stays(tmp_path):
    with Fleet(tmp_path, cap=8, workers=2, latency_ms=2, profile=PRICE) as fleet:
        fleet.start()
        long = fleet.texts(12, chars=LONG_TEXT_CHARS, tag="long")
        short = fleet.texts(20, tag="short")
        fleet.enqueue("old", long + short)
        fleet.wait("old")
        fleet.enqueue("stays", fleet.texts(5, tag="stays") + long[:3])  # three are shared
        fleet.wait("stays")
        assert len(answer_files(fleet)) == 12
        done = fleet.command("prune", "old")
        assert done.returncode == FAILED and "was not fetched whole" in done.stderr
        assert "`ttsq get old -o DIR`" in done.stderr
        fleet.get("old")
        paid, by_batch = cost(fleet), fleet.run("cost", "--by", "batch")
        would = fleet.run("prune", "--keep", "0s", "--dry-run")
        assert would.startswith("would prune old: 32 jobs, 32 answers of ") and "stays" not in would
        assert fleet.batch("old")["total"] == 32
        assert fleet.run("prune", "--keep", "0s").startswith("pruned old: 32 jobs")
        assert cost(fleet) == paid and "old (pruned)" in fleet.run("cost", "--by", "batch"), by_batch
        assert [b["name"] for b in fleet.status()["batches"]] == ["stays"]
        assert rows_left(fleet) == {"job": 8, "job_text": 8, "attempt": 5, "result": 8,
                                    "request": 8, "piece": 0}
        assert len(answer_files(fleet)) == 3  # those that the other batch shares
        assert "no batch 'old'" in fleet.command("get", "old", "-o", "x").stderr
        del fleet.checked["old"]
        fleet.get("stays")
        # what was shared is still found; of what happened only this is told
        calls = fleet.books().count("accepted")
        fleet.enqueue("again", long[:3])
        fleet.wait("again")
        assert fleet.books().count("accepted") == calls
        told = fleet.run("log", "--batch", "old").splitlines()
        assert len(told) == 1 and "pruned" in told[0], told
        # the name is free, and the same texts are asked for again
        calls = fleet.books().count("accepted")
        fleet.enqueue("old", short)
        fleet.wait("old")
        assert fleet.books().count("accepted") == calls + 20
        fleet.stop()
        fleet.witness.stop()
        fleet.run("check", "--deep")
        fleet.run("audit")
        fleet.get("old")


def test_what_goes_on_stays(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=1500) as fleet:
        fleet.enqueue("b", fleet.texts(4))
        done = fleet.command("prune", "b", "--undelivered")
        assert done.returncode == FAILED and "4 jobs that have not ended" in done.stderr
        fleet.start()
        fleet.wait_in_flight(2)
        with fleet.witness.frozen():  # calls of it are still being made
            fleet.run("cancel", "b")
            done = fleet.command("prune", "b", "--undelivered")
        assert done.returncode == 0 and "b stays: it goes on" in done.stderr, done
        assert fleet.batch("b")["cancelled"] == 4
        fleet.stop()
        fleet.run("prune", "b", "--undelivered")
        assert fleet.status()["batches"] == [] and sum(rows_left(fleet).values()) == 0
        fleet.run("check", "--deep")


def test_keep_rules_and_slips(tmp_path):
    with Fleet(tmp_path, cap=8, workers=1, latency_ms=1) as fleet:
        fleet.start()
        for name in ("one", "two", "three"):
            fleet.enqueue(name, fleet.texts(2, tag=name))
            fleet.wait(name)
            fleet.get(name)
        for words, code, line in (
                ((), USAGE, "say what: BATCH, --keep TIME or --keep-batches N"),
                (("one", "--keep", "1d"), USAGE, "not both"),
                (("--keep", "1d"), NOT_FOUND, "nothing to prune"),
                (("onee",), NOT_FOUND, "did you mean 'one'?")):
            done = fleet.command("prune", *words)
            assert done.returncode == code and line in done.stderr, (words, done)
        fleet.run("prune", "--keep-batches", "1")
        assert [b["name"] for b in fleet.status()["batches"]] == ["three"]
        fleet.enqueue("four", fleet.texts(2, tag="four"))  # the ids of those that went are not its
        fleet.wait("four")
        fleet.stop()
        fleet.run("check", "--deep")


def test_a_prune_that_is_killed_goes_on(tmp_path):
    """Killed around each of its commits; the next one finishes, and nothing else is touched."""
    with Fleet(tmp_path, cap=8, workers=1, latency_ms=1) as fleet:
        fleet.start()
        texts = fleet.texts(6, chars=LONG_TEXT_CHARS, tag="b")
        fleet.enqueue("keep", texts[:2])
        fleet.wait("keep")
        for point in ("before_commit", "after_commit"):
            for nth in range(1, 5):
                fleet.enqueue("b", texts, "--force", "--fresh")
                fleet.wait("b")
                fleet.get("b")
                done = fleet.command("prune", "b", TTSQ_FAULT=f"{point}:kill:{nth}")
                fleet.run("check", "--deep")
                fleet.get("keep")
                left = [b["name"] for b in fleet.status()["batches"]]
                if "b" in left:
                    assert done.returncode == -9
                    fleet.get("b")  # not begun: all of it is there
                    fleet.run("prune", "b")
                else:
                    fleet.command("prune", "--keep", "1d")  # goes on, though it finds no other
                assert rows_left(fleet)["job"] == 2, (point, nth)
                del fleet.checked["b"]
        fleet.stop()
        fleet.run("check", "--deep")


def test_the_service_prunes_what_was_fetched_long_enough_ago(tmp_path):
    with Fleet(tmp_path, cap=8, workers=1, latency_ms=1, settings={"keep": "0s"}) as fleet:
        fleet.start()
        for name in ("one", "two", "three"):
            fleet.enqueue(name, fleet.texts(3, tag=name, chars=LONG_TEXT_CHARS))
            fleet.wait(name)
        fleet.get("one")
        fleet.get("two")
        until("two batches gone", lambda: fleet.value("SELECT count(*) FROM job") == 3)
        assert [b["name"] for b in fleet.status()["batches"]] == ["three"]  # it was not fetched
        until("their files gone", lambda: len(answer_files(fleet)) == 3)
        fleet.settings["keep"] = "forever"
        fleet.write_config()
        fleet.reload()
        for name in ("one", "two"):
            del fleet.checked[name]
        fleet.get("three")
        fleet.stop()
        fleet.run("check", "--deep")
        fleet.run("audit")
        fleet.settings["keep"] = "a week"
        fleet.write_config()
        assert "neither a time like 12h or 30d nor forever" in fleet.command("check").stdout


def test_the_service_finishes_what_a_killed_prune_has_begun(tmp_path):
    with Fleet(tmp_path, cap=8, workers=1, latency_ms=1) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(6, chars=LONG_TEXT_CHARS))
        fleet.wait("b")
        fleet.get("b")
        assert fleet.command("prune", "b", TTSQ_FAULT="after_commit:kill:1").returncode == -9
        until("its rows gone", lambda: sum(rows_left(fleet).values()) == 0)
        until("its files gone", lambda: not answer_files(fleet))
        fleet.checked.clear()
        fleet.stop()
        fleet.run("check", "--deep")


def test_an_emptied_segment_file_goes_when_nobody_writes_to_it(tmp_path):
    with Fleet(tmp_path, cap=8, workers=1, latency_ms=1, settings={"segment_bytes_min": 0}) as fleet:
        fleet.start()
        for name in ("one", "two"):
            fleet.enqueue(name, fleet.texts(8, tag=name))
            fleet.wait(name)
            fleet.get(name)
        segment, = (pathlib.Path(fleet.settings["results"]) / "segments").iterdir()
        fleet.run("prune", "one")
        written_s = segment.stat().st_mtime
        fleet.stop()
        os.utime(segment, (written_s - 7200,) * 2)  # the worker's last answer is long ago
        assert fleet.command("prune", "--keep", "1d").returncode == NOT_FOUND
        assert segment.exists()
        del fleet.checked["one"]
        fleet.get("two")
        for name, content in ("never-used", b""), ("nothing-written", bytes(8192)), ("unknown", b"an answer, perhaps"):
            path = segment.with_name(f"{name}.seg")
            path.write_bytes(content)
            os.utime(path, (written_s - 7200,) * 2)
        segment.with_name("new.seg").touch()  # somebody may be about to write to it
        fleet.run("prune", "two")
        assert {path.name for path in segment.parent.iterdir()} == {"unknown.seg", "new.seg"}
        for name in "unknown", "new":
            segment.with_name(f"{name}.seg").unlink()
        fleet.run("audit")
        fleet.checked.clear()


def test_what_has_nothing_to_prune_is_compacted_all_the_same(tmp_path):
    """As a machine says it each night; the service may have pruned before."""
    with Fleet(tmp_path) as fleet:
        fleet.enqueue("b", fleet.texts(3))
        done = fleet.command("prune", "--keep", "30d", "--compact")
        assert done.returncode == 0 and "nothing to prune" in done.stderr and "compacted" in done.stdout, done
        assert fleet.command("prune", "--keep", "30d").returncode == NOT_FOUND
        assert fleet.command("prune", "none", "--compact").returncode == NOT_FOUND
        del fleet.checked["b"]


def test_a_clock_that_was_set_takes_no_segment_file_from_its_writer(tmp_path):
    """It is all holes and looks old, and the worker's next answers still go there."""
    with Fleet(tmp_path, cap=8, workers=1, latency_ms=1, settings={"segment_bytes_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("one", fleet.texts(8, tag="one"))
        fleet.wait("one")
        fleet.get("one")
        segment, = (pathlib.Path(fleet.settings["results"]) / "segments").iterdir()
        fleet.run("prune", "one")
        os.utime(segment, (segment.stat().st_mtime - 7200,) * 2)
        assert fleet.command("prune", "--keep", "1d").returncode == NOT_FOUND
        fleet.run("audit", "--repair")
        fleet.enqueue("two", fleet.texts(8, tag="two"))
        fleet.wait("two")
        del fleet.checked["one"]
        fleet.get("two")
        assert fleet.value("SELECT DISTINCT path FROM result") == f"segments/{segment.name}"
        fleet.stop()
        fleet.run("audit")
