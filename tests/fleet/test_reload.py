"""P1: cap and workers change while calls are made; nothing is dropped, nothing is asked twice."""

import contextlib
import signal
import sqlite3

from fleet import Fleet, boot_us, until

LEARN_US = 1_000_000  # in which every worker has had a turn since the cap was changed


def cap_of(fleet):
    return fleet.value("SELECT cap FROM account WHERE name = 'main'")


def reload_cap(fleet, cap):
    fleet.account["concurrency"] = cap
    fleet.reload()
    until(f"cap {cap} in the store", lambda: cap_of(fleet) == cap)


def most_from(books, from_us, to_us=None):
    """Most calls in flight at an acceptance in that time."""
    return max((e["in_flight"] for e in books.events if e["ev"] == "accepted"
                and from_us <= e["t_us"] and (to_us is None or e["t_us"] < to_us)), default=0)


def test_cap_raised_and_lowered_under_load(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=30) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(700))
        fleet.wait_in_flight(4)
        raised_us = boot_us()
        reload_cap(fleet, 12)
        fleet.wait_in_flight(12)
        reload_cap(fleet, 3)
        lowered_us = boot_us()
        fleet.wait("b")
        books = fleet.finish(cap=12)
        assert most_from(books, 0, raised_us) == 4
        assert books.max_in_flight == 12
        assert most_from(books, lowered_us + LEARN_US) == 3
        assert fleet.outcomes()["answered"] == 700
        assert max(books.asked.values()) == 1 and books.count("gone") == 0


def test_what_was_set_by_hand_and_goes_is_told(tmp_path):
    """It stays at a reload of other settings; when its own changes the log says from what to what."""
    with Fleet(tmp_path, cap=4, workers=1) as fleet:
        fleet.start()
        fleet.run("cap", "main", 2)
        fleet.run("rate", "main", "420/min")
        fleet.account["linger_ms"] = 77
        fleet.reload()
        until("the reload", lambda: fleet.log().count("keeper reloaded") == 1)
        assert cap_of(fleet) == 2 and "keeper cap " not in fleet.log() and "as the settings" not in fleet.run("log")
        fleet.account["rate"] = "500/min"
        reload_cap(fleet, 6)
        until("the second reload", lambda: fleet.log().count("keeper reloaded") == 2)
        assert "keeper cap account=main from=2 to=6" in fleet.log()
        told = fleet.run("log")
        assert "cap: from 2 (set by hand) to 6 calls at a time, as the settings say now" in told
        assert "rate: as the settings say now; what was set by hand is over" in told
        reload_cap(fleet, 5)
        assert "cap: from 6 to 5 calls at a time, as the settings say now" in fleet.run("log")
        fleet.stop()


def test_a_reload_that_finds_the_database_locked_comes_later(tmp_path):
    """Nobody would say it again: a lowered cap, or a budget, would not count until the next reload."""
    with Fleet(tmp_path, cap=8, workers=1) as fleet:
        fleet.start()
        with contextlib.closing(sqlite3.connect(fleet.data / "queue.db", isolation_level=None)) as other:
            other.execute("PRAGMA wal_autocheckpoint = 0")
            other.execute("BEGIN IMMEDIATE")
            fleet.account["concurrency"] = 3
            fleet.reload()
            until("the keeper gives up", lambda: "reload_failed" in fleet.log())
            other.execute("ROLLBACK")
        until("the new cap", lambda: cap_of(fleet) == 3)
        fleet.stop()


def test_number_of_workers_changed_under_load(tmp_path):
    with Fleet(tmp_path, cap=6, workers=2, latency_ms=30) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(400))
        fleet.wait_in_flight(6)
        for workers in (4, 1, 3):
            fleet.settings["workers"] = workers
            fleet.reload()
            until(f"{workers} workers", lambda: len(fleet.pids("call")) == workers)
        fleet.wait("b")
        books = fleet.finish()
        assert fleet.outcomes()["answered"] == 400
        assert max(books.asked.values()) == 1 and books.count("gone") == 0


def test_more_room_kept_free(tmp_path):
    """Who is started after it looks for the reserve of the new floor: it must be there."""
    reserve = tmp_path / "results" / "reserve"
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=30, settings={"space_min": "1M"}) as fleet:
        fleet.start()
        assert reserve.stat().st_size == 256 * 1024
        fleet.settings.update(space_min="4M", workers=2)
        fleet.reload()
        until("a larger reserve", lambda: reserve.exists() and reserve.stat().st_size == 1024 * 1024)
        until("two workers", fleet.is_ready)
        fleet.enqueue("b", fleet.texts(200))
        fleet.wait_in_flight(4)
        assert fleet.value("SELECT count(DISTINCT worker_id) FROM attempt") == 2
        fleet.wait("b")
        fleet.finish()
        assert "reserve_given_up" not in fleet.log()


def test_cap_by_command_survives_a_restart(tmp_path):
    with Fleet(tmp_path, cap=2, workers=2, latency_ms=30) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(200))
        fleet.wait_in_flight(2)
        fleet.run("cap", "main", 5)
        fleet.wait_in_flight(5)
        fleet.stop()
        fleet.start()
        account = next(a for a in fleet.status()["accounts"] if a["name"] == "main")
        assert account["cap"] == 5
        assert "; the settings say 2\n" in fleet.run("cap", "main")
        fleet.run("cap", "main", 2)
        assert "settings" not in fleet.run("cap", "main")
        fleet.wait("b")
        books = fleet.finish(cap=5)
        assert books.max_in_flight == 5 and max(books.asked.values()) == 1


def test_a_broken_configuration_changes_nothing(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=30) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(100))
        fleet.wait_in_flight(4)
        before = set(fleet.pids("call"))
        fleet.write_config("[ttsq]\nwokers = 9\n[account:main]\nconcurrency = 0\n")
        fleet.supervisor.send_signal(1)
        until("the complaint", lambda: "wokers" in fleet.log())
        assert cap_of(fleet) == 4
        fleet.write_config()
        fleet.wait("b")
        assert set(fleet.pids("call")) == before
        books = fleet.finish()
        assert fleet.calls() == {"answered": 100} and max(books.asked.values()) == 1


def test_jobs_of_a_profile_that_is_gone_say_so(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=5) as fleet:
        fleet.start()
        assert "not configured" not in fleet.run("status")
        fleet.stop()
        fleet.enqueue("b", fleet.texts(3))
        fleet.write_config("\n".join(["[ttsq]", *(f"{key} = {value}" for key, value in fleet.settings.items()
                                                  if key != "profile")]) + "\n")
        fleet.start()
        assert "main (not configured)" in fleet.run("status")
        fleet.stop()
        fleet.write_config()
        fleet.start()
        fleet.wait("b")
        fleet.finish()


def test_an_account_that_came_after_the_service_waits_for_a_reload_and_says_so(tmp_path):
    with Fleet(tmp_path, latency_ms=10) as fleet:
        fleet.start()
        ini = fleet.home / "ttsq.ini"
        ini.write_text(ini.read_text() + "[account:late]\nconcurrency = 2\n[profile:late]\naccount = late\n"
                       f"inherit = openai-compat\nbase_url = {fleet.witness.url}\nmodel = tts-1\nvoice = en\n")
        (fleet.home / "texts").write_text("one\ntwo\n")
        said = fleet.command("enqueue", "--profile", "late", "--batch", "b", fleet.home / "texts")
        assert "the running service does not know account late yet" in said.stderr, said
        for what in "b", "late":
            assert "the running service does not know account late" in fleet.run("why", what)
        assert "service does not know" not in fleet.run("why", "main")
        fleet.supervisor.send_signal(signal.SIGHUP)
        fleet.wait("b")
        assert "service does not know" not in fleet.run("why", "late")
        fleet.stop()


def test_jobs_of_a_profile_that_the_service_does_not_know_wait_for_a_reload(tmp_path):
    """Neither held by a worker that cannot call them, nor in the way of others; so, too, when one goes."""
    with Fleet(tmp_path, cap=1, workers=1, latency_ms=10) as fleet:
        fleet.start()
        late = (f"[profile:late]\naccount = main\ninherit = openai-compat\nbase_url = {fleet.witness.url}\n"
                "model = tts-1\nvoice = en\nformat = wav\n")
        ini = fleet.home / "ttsq.ini"
        ini.write_text(ini.read_text() + late)
        (fleet.home / "texts").write_text("one\ntwo\n")
        said = fleet.command("enqueue", "--profile", "late", "--batch", "first", fleet.home / "texts")
        assert "the running service does not know profile late yet" in said.stderr, said
        fleet.enqueue("b", fleet.texts(3))
        fleet.wait("b")
        assert "the running service does not know profile late" in fleet.run("why", "first")
        assert fleet.batch("first")["ready"] == 2
        fleet.supervisor.send_signal(signal.SIGHUP)
        fleet.wait("first")
        fleet.stop()
        fleet.write_config()  # without it
        fleet.start()
        fleet.change("INSERT INTO enqueue(batch, text, profile) VALUES ('again', 'three', 'late')")
        fleet.enqueue("c", fleet.texts(3, tag="c"))
        fleet.wait("c")
        assert fleet.batch("again")["ready"] == 1
        assert "waits: profile late is not in the settings\ndo: put [profile:late] back" in fleet.run("why", "again")
        ini.write_text(ini.read_text() + late)
        fleet.supervisor.send_signal(signal.SIGHUP)
        fleet.wait("again")
        fleet.stop()


def test_settings_of_others_change_nothing_of_what_the_service_serves(tmp_path):
    """Who has another ttsq.ini for the same queue may add to it; caps and prices are the service's."""
    with Fleet(tmp_path, cap=2, workers=2, latency_ms=50) as fleet:
        fleet.start()
        mine = fleet.home / "mine.ini"
        mine.write_text((fleet.home / "ttsq.ini").read_text().replace("concurrency = 2", "concurrency = 50"))
        assert mine.read_text() != (fleet.home / "ttsq.ini").read_text()
        (fleet.home / "b").write_text("".join(text + "\n" for text in fleet.texts(40)))
        assert fleet.command("enqueue", fleet.home / "b", TTSQ_CONFIG=str(mine)).returncode == 0
        fleet.checked["b"] = fleet.texts(40)
        assert [account["cap"] for account in fleet.status()["accounts"] if account["name"] == "main"] == [2]
        fleet.wait("b")
        fleet.finish(cap=2)
