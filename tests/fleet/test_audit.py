"""`ttsq audit`: what the books say is what the witness saw, and files and records are compared."""

import json
import os
import pathlib
import time

from fleet import LONG_TEXT_CHARS, Fleet

AN_HOUR_AGO_S = 2 * 3600


def audit(fleet, *options, code=0):
    return json.loads(fleet.run("audit", "--json", *options, code=code))


def test_the_books_agree_with_the_witness(tmp_path):
    with Fleet(tmp_path, cap=3, workers=2, latency_ms=30) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(60))
        fleet.wait("b")
        fleet.witness.control(fault={"silent-close": 100}, fault_first=2)
        fleet.enqueue("c", fleet.texts(5, tag="more"))
        fleet.wait("c")
        books = fleet.books()
        account = next(a for a in audit(fleet)["accounts"] if a["name"] == "main")
        assert account["cap"] == 3
        assert account["max_in_flight"] == 3 == books.max_in_flight
        assert account["answered"] == 65 and account["uncertain"] == 2
        assert account["calls"] == sum(books.asked.values()) == 67
        assert 0 < account["full_share"] <= 1
        assert account["adopted"] == account["reused"] == account["needless"] == 0
        shown = fleet.run("audit")
        assert "MOST AT A TIME" in shown and "0 not there" in shown and "paid for twice" not in shown
        fleet.change("UPDATE attempt SET error = 'needless: its job needed it no more' WHERE job_id = 1")
        assert "account main: answers that came too late to be of use, and were paid for twice: 1\n" in fleet.run("audit")
        fleet.finish()


def test_files_and_records_are_compared(tmp_path):
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=1) as fleet:
        fleet.start()
        fleet.enqueue("long", fleet.texts(3, chars=LONG_TEXT_CHARS))
        fleet.wait("long")
        results = pathlib.Path(fleet.home) / "results"
        found = audit(fleet)["files"]
        assert found["results"] == 3 and found["missing"] == found["unowned"] == []

        stray = results / "ab" / "00000000000000ab-copy.wav"
        stray.parent.mkdir(exist_ok=True)
        stray.write_bytes(b"somebody's")
        assert audit(fleet)["files"]["unowned"] == []  # young: it may be an answer on its way
        old = time.time() - AN_HOUR_AGO_S
        os.utime(stray, (old, old))
        assert audit(fleet)["files"]["unowned"] == ["ab/00000000000000ab-copy.wav"]
        assert audit(fleet, "--repair")["files"]["quarantined"] == 1
        assert not stray.exists()
        assert (results / "quarantine" / stray.name).read_bytes() == b"somebody's"
        assert audit(fleet)["files"]["unowned"] == []

        # an answer that its job did not need any more was paid for: it is known, and goes with its batch
        needless = stray.with_name("00000000000000ab-needless.wav")
        needless.write_bytes(b"paid for")
        os.utime(needless, (old, old))
        fleet.change("INSERT INTO result(job_id, format, bytes, duration_ms, sha256, path, created_ms, unshared)"
                     f" SELECT job_id, format, 8, 1, sha256, 'ab/{needless.name}', 1, 1 FROM result LIMIT 1")
        found = audit(fleet, "--repair")["files"]
        assert found["unowned"] == [] and found["quarantined"] == 0 and found["results"] == 3
        assert (found["spare"], found["spare_bytes"]) == (1, 8) and needless.exists()
        assert "1 answer (8 bytes) that no job needs any more, and that goes with its batch\n" in fleet.run("audit")
        fleet.run("backup", tmp_path / "copy")
        needless.rename(tmp_path / "gone")
        found = audit(fleet)["files"]
        assert found["missing"] == [] and found["spare"] == 0
        (tmp_path / "gone").rename(needless)

        lost = fleet.value("SELECT path FROM result LIMIT 1")
        (results / lost).rename(tmp_path / "elsewhere")
        found = audit(fleet, code=1)["files"]
        assert found["missing"] == [lost]
        (tmp_path / "elsewhere").rename(results / lost)
        assert audit(fleet)["files"]["missing"] == []
        fleet.finish()
        fleet.run("prune", "long")
        assert not needless.exists()
