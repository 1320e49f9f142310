"""P3, P4: a full disk. Results or database lie on a small file system, which later grows. space_min = 0
takes it to the last byte."""

import os
import pathlib
import re
import subprocess

import pytest

from fleet import LONG_TEXT_CHARS, Fleet, program, until
from mounts import mount, own_mounts  # noqa: F401


@pytest.fixture
def small(own_mounts, tmp_path):  # noqa: F811
    folder = tmp_path / "small"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=1500k", "small", str(folder))
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def grow(folder):
    mount("-o", "remount,size=128m", str(folder))


def fill(folder):
    """Leaves no byte."""
    fd = os.open(folder / "fill", os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(fd, bytes(4096))
    except OSError:
        pass
    os.close(fd)


def calls_have_stopped(fleet):
    """Nothing is in flight although there is work: the workers wait for room."""
    return fleet.in_flight() == 0 and fleet.states().get("running", 0) > 0


def test_results_folder_full(small, tmp_path):
    """Answers that do not fit wait in memory; no call is made meanwhile, none is made again."""
    home = tmp_path / "home"
    home.mkdir()
    with Fleet(home, cap=4, workers=2, latency_ms=5,
               settings={"results": small / "results", "space_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(60, LONG_TEXT_CHARS))
        until("the complaint", lambda: "no_space" in fleet.log())
        until("an end of calls", lambda: calls_have_stopped(fleet))
        asked, complaints = fleet.witness.stats()["accepted"], fleet.log().count("no_space")
        until("two more tries", lambda: fleet.log().count("no_space") >= complaints + 8)
        assert fleet.witness.stats()["accepted"] == asked, "a call whose answer has no room"
        assert fleet.states()["done"] < 60
        grow(small)
        fleet.wait("b")
        books = fleet.finish()
        assert max(books.asked.values()) == 1, "an answer was paid for twice"
        assert fleet.outcomes()["uncertain"] == 0


def test_shared_results_file_full(small, tmp_path):
    """The same for small answers: what is not appended whole is appended again when there is room."""
    home = tmp_path / "home"
    home.mkdir()
    with Fleet(home, cap=4, workers=2, latency_ms=5,
               settings={"results": small / "results", "segment_bytes_min": 0, "space_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(200))
        until("an end of calls", lambda: "space" in fleet.log() and calls_have_stopped(fleet))
        assert fleet.states()["done"] < 200
        grow(small)
        fleet.wait("b")
        books = fleet.finish()
        assert max(books.asked.values()) == 1, "an answer was paid for twice"
        assert fleet.outcomes()["uncertain"] == 0
        assert fleet.value("SELECT count(*) FROM result WHERE offset IS NOT NULL") == 200


def test_no_place_for_shared_files(tmp_path):
    """A file system that does not let the shared file be made: the answers are kept in the database."""
    results = tmp_path / "results"
    results.mkdir()
    (results / "segments").write_text("in the way")
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, settings={"segment_bytes_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(40))
        fleet.wait("b")
        fleet.finish()
        assert "segment_failed answers=" in fleet.log()
        assert fleet.calls() == {"answered": 40}
        assert fleet.value("SELECT count(*) FROM result WHERE body IS NOT NULL") == 40


@pytest.mark.parametrize("rows", ["1K", "1M"], ids=["files", "rows"])
def test_delivery_to_a_full_disk(small, tmp_path, rows):
    """It says where; with room it goes on."""
    home, out = tmp_path / "home", small / "out"
    home.mkdir()
    with Fleet(home, cap=4, workers=2, latency_ms=5, settings={"row_bytes_max": rows}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(30, LONG_TEXT_CHARS))
        fleet.wait("b")
        done = fleet.command("get", "b", "-o", out)
        assert done.returncode == 1
        assert f"{out}: cannot write: No space left on device" in done.stderr, done
        grow(small)
        fleet.run("get", "b", "-o", out)
        fleet.finish()


def test_drain_while_the_results_folder_is_full(small, tmp_path):
    """The answers in memory are paid for: the drain waits until they can be kept."""
    home = tmp_path / "home"
    home.mkdir()
    with Fleet(home, cap=4, workers=2, latency_ms=5,
               settings={"results": small / "results", "space_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(60, LONG_TEXT_CHARS))
        until("an end of calls", lambda: "no_space" in fleet.log() and calls_have_stopped(fleet))
        fleet.terminate()
        until("a drain", lambda: fleet.log().count("call drain") == 2)
        assert len(fleet.pids("call")) >= 1
        grow(small)
        assert fleet.wait_end() == 0
        assert fleet.outcomes()["sending"] == 0
        fleet.start()
        fleet.wait("b")
        books = fleet.finish()
        assert max(books.asked.values()) == 1, "an answer was paid for twice"


def test_database_full(small, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    with Fleet(home, cap=4, workers=2, latency_ms=5, data=small, settings={"space_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(150, 60))
        until("the complaint", lambda: "space" in fleet.log() or "full" in fleet.log())
        until("an end of calls", lambda: calls_have_stopped(fleet))
        assert fleet.states().get("done", 0) < 150
        assert fleet.status()["batches"][0]["total"] == 150  # reading goes on
        late = fleet.texts(2000, 60, tag="late")
        assert fleet.enqueue("late", late, code=1) == 1
        del fleet.checked["late"]  # all or nothing
        grow(small)
        fleet.wait("b")
        books = fleet.finish()
        assert max(books.asked.values()) == 1, "an answer was paid for twice"
        assert fleet.outcomes()["uncertain"] == 0


def test_the_keeper_waits_for_room(small, tmp_path):
    """A delayed job that becomes due on a full disk runs when there is room again, not later."""
    home = tmp_path / "home"
    home.mkdir()
    with Fleet(home, cap=4, workers=1, latency_ms=5, data=small, settings={"space_min": 0}) as fleet:
        fleet.start()
        keeper = fleet.pids("keeper")
        fleet.enqueue("b", fleet.texts(3), "--delay", "2s")
        fill(small)
        until("three complaints", lambda: fleet.log().count("tidy_failed") >= 3)
        assert fleet.pids("keeper") == keeper, "it gave up"
        grow(small)
        fleet.wait("b", seconds=5)
        fleet.finish()


def test_no_calls_below_the_floor(small, tmp_path):
    """What is left when claiming stops is enough for the answers in flight; one line says it."""
    home = tmp_path / "home"
    home.mkdir()
    with Fleet(home, cap=2, workers=2, latency_ms=200,
               settings={"results": small / "results", "space_min": "700K"}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(30, LONG_TEXT_CHARS))
        until("the floor", lambda: "space_low" in fleet.log())
        until("an end of calls", lambda: fleet.in_flight() == 0)
        until("its being shown", lambda: fleet.status()["space"]["low"])
        assert "no new calls" in fleet.run("status")
        assert "less than space_min" in fleet.run("list", "b", "--state", "ready")
        assert "\ndo: make room there" in fleet.run("why", "b")
        asked = fleet.witness.stats()["accepted"]
        looks = fleet.value("SELECT count(*) FROM attempt")
        fleet.kill(fleet.pids("call")[0])  # a new worker makes no calls either
        until("two workers", lambda: fleet.is_ready())
        assert fleet.witness.stats()["accepted"] == asked
        assert fleet.value("SELECT count(*) FROM attempt") == looks
        assert fleet.log().count("space_low") == 1 and "no_space" not in fleet.log()
        assert re.search(r" full +no new calls: less than space_min is left, 0\.\d MiB at \S+\n", fleet.run("log"))
        grow(small)
        fleet.wait("b")
        until("word of room", lambda: re.search(r" room +calls are made again, after \d+s without\n", fleet.run("log")))
        books = fleet.finish()
        assert max(books.asked.values()) == 1


def test_room_inside_the_database_is_given_back(small, tmp_path):
    """What a prune frees there is no room on the disk until the database is written anew."""
    home = tmp_path / "home"
    home.mkdir()
    mount("-o", "remount,size=16m", str(small))
    with Fleet(home, cap=2, workers=1, latency_ms=1, data=small, settings={"space_min": "9M"}) as fleet:
        fleet.enqueue("large", [f"{i} {'y' * 4000}" for i in range(1800)])
        del fleet.checked["large"]
        fleet.enqueue("b", fleet.texts(5))
        fleet.start()
        assert fleet.status()["space"]["low"]
        fleet.run("cancel", "large")
        done = fleet.command("prune", "large", "--undelivered")
        assert re.search(r"\n?ttsq: \d\.\d MiB inside the database are free, and used again; `ttsq prune --compact`",
                         done.stderr), done
        assert re.search(r"database: \d\.\d MiB inside it are free", fleet.run("check"))
        assert fleet.status()["space"]["low"], "the disk has as much as before"
        done = fleet.command("prune", "--compact")
        assert done.returncode == 75 and "a supervisor is running" in done.stderr, done
        fleet.stop()
        assert re.search(r"it had \d\.\d MiB and has 0\.\d MiB\n", fleet.run("prune", "--compact"))
        assert (small / "queue.db").stat().st_size < 1 << 20 and "inside it are free" not in fleet.run("check")
        fleet.start()
        fleet.wait("b")
        fleet.finish()


def test_compacting_needs_room(small, tmp_path):
    """Without it nothing is changed, and none is taken; the same when it is killed around its commit."""
    home = tmp_path / "home"
    home.mkdir()
    mount("-o", "remount,size=12m", str(small))
    with Fleet(home, cap=2, workers=1, latency_ms=1, data=small) as fleet:
        for name, count in ("stays", 600), ("goes", 600):
            fleet.enqueue(name, [f"{name} {i} {'y' * 4000}" for i in range(count)])
        fleet.run("cancel", "goes")
        fleet.run("prune", "goes", "--undelivered")
        fill(small)
        os.truncate(small / "fill", (small / "fill").stat().st_size - (1 << 20))  # enough to open it
        done = fleet.command("prune", "--compact")
        assert done.returncode == 1 and re.search(r"nothing was changed: it takes \d\.\d MiB", done.stderr), done
        (small / "fill").unlink()
        fleet.run("check", "--deep")
        done = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", "inject=fdatasync:signal=KILL:when=2",
                               program(), "prune", "--compact"], cwd=home, env=fleet.environment, check=False)
        assert done.returncode != 0
        fleet.run("check", "--deep")
        fleet.run("prune", "--compact")
        fleet.run("check", "--deep")
        assert fleet.batch("stays")["ready"] == 600
        fleet.checked.clear()


def test_room_is_told_by_another_keeper(small, tmp_path):
    """The one that said that there is none is dead when there is."""
    home = tmp_path / "home"
    home.mkdir()
    with Fleet(home, cap=2, workers=1, latency_ms=5,
               settings={"results": small / "results", "space_min": "700K"}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(30, LONG_TEXT_CHARS))
        until("word of it", lambda: " full " in fleet.run("log"))
        fleet.kill_all()
        fleet.start()
        fleet.kill_all()
        assert fleet.value("SELECT sum(times) FROM event WHERE kind = 'full'") == 1
        assert fleet.value("SELECT count(*) FROM event WHERE kind = 'room'") == 0
        grow(small)
        fleet.start()
        until("word of room", lambda: re.search(r" room +calls are made again, after \d+s without\n", fleet.run("log")))
        fleet.wait("b")
        fleet.finish()
        assert fleet.value("SELECT sum(times) FROM event WHERE kind = 'room'") == 1


@pytest.mark.parametrize("chars", [20, LONG_TEXT_CHARS], ids=["rows", "files"])
def test_another_program_takes_the_last_byte(small, tmp_path, chars):
    """The answers in flight are stored in what the reserve held, durably; nothing new begins on it."""
    home = tmp_path / "home"
    home.mkdir()
    mount("-o", "remount,size=12m", str(small))
    with Fleet(home, cap=4, workers=2, latency_ms=3000, data=small, settings={"space_min": "2M"}) as fleet:
        fleet.start()
        reserves = [small / "queue.db.run" / "reserve", small / "results" / "reserve"]
        assert [r.stat().st_size for r in reserves] == [512 * 1024] * 2
        fleet.enqueue("b", fleet.texts(8, chars))
        fleet.wait_in_flight(4)
        fleet.witness.control(latency_ms=20)  # of the calls to come
        fill(small)
        until("the answers", lambda: fleet.states().get("done", 0) == 4)
        until("word of it", lambda: "reserve_given_up" in fleet.log())
        assert (small / "fill").stat().st_size > 2 << 20 and not any(r.exists() for r in reserves)
        for victim in fleet.pids("call"):
            fleet.kill(victim)
        until("two other workers", fleet.is_ready)
        assert fleet.status()["space"]["low"]
        assert fleet.witness.stats()["accepted"] == 4 and fleet.states()["done"] == 4
        (small / "fill").unlink()
        fleet.wait("b")
        until("word of room", lambda: re.search(r" room +calls are made again, after \d+s without\n", fleet.run("log")))
        assert all(r.exists() for r in reserves)
        books = fleet.finish()
        assert max(books.asked.values()) == 1, "an answer was paid for twice"
        assert fleet.outcomes()["uncertain"] == 0
        assert not any(r.exists() for r in reserves), "nobody is at work, and room is still taken"


def test_the_floor_of_the_service_is_what_counts(tmp_path):
    """Who looks may have other settings."""
    with Fleet(tmp_path, settings={"space_min": 0}) as fleet:
        fleet.start()
        path = pathlib.Path(fleet.environment["TTSQ_CONFIG"])
        path.write_text(path.read_text().replace("space_min = 0\n", "space_min = 1024 GiB\n"))
        assert fleet.status()["space"] == {"low": False, "path": None, "why": None, "min_bytes": 0}
        assert "space:" not in fleet.run("check")
        fleet.stop()
        assert fleet.status()["space"]["min_bytes"] == 1 << 40


def is_waiting(fleet, event, count=1):
    assert fleet.supervisor.poll() is None, "the supervisor gave up"
    return fleet.log().count(event) >= count


def test_start_on_a_full_disk(small, tmp_path):
    """Neither folder nor database can be made: one line, and a start as soon as there is room."""
    home = tmp_path / "home"
    home.mkdir()
    mount("-o", "remount,nr_inodes=2", str(small))  # the folder itself and the file that fills it
    with Fleet(home, cap=4, workers=2, data=small, settings={"space_min": 0}) as fleet:
        fill(small)
        fleet.start(fault="none:none:1")  # does not wait for it
        until("the complaint", lambda: is_waiting(fleet, "waits_for_room"))
        mount("-o", "remount,nr_inodes=1000", str(small))  # folder and lock, but not a byte more
        until("the keeper's complaint", lambda: is_waiting(fleet, "start_failed"))
        keepers = {*fleet.pids("keeper")}
        until("three tries more", lambda: len(keepers.update(fleet.pids("keeper")) or keepers) >= 3)
        assert fleet.log().count("waits_for_room") == 1
        assert fleet.log().count("start_failed") == 1 and fleet.log().count("child_died") == 1
        grow(small)
        until("workers that are ready", fleet.is_ready, 5)
        fleet.enqueue("b", fleet.texts(10))
        fleet.wait("b")
        fleet.finish()


def test_the_reserve_stays_for_those_at_work(tmp_path):
    """The supervisor dies: its keeper goes, its workers finish their calls, and another fleet begins."""
    reserves = [tmp_path / "queue.db.run" / "reserve", tmp_path / "results" / "reserve"]
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=3000, settings={"space_min": "2M"}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(8))
        fleet.wait_in_flight(4)
        fleet.kill_supervisor()
        until("the keeper's end", lambda: not fleet.pids("keeper"))
        assert fleet.in_flight() == 4 and all(r.exists() for r in reserves)
        fleet.witness.control(latency_ms=20)  # of the calls to come
        fleet.start()
        fleet.wait("b")
        fleet.finish()
        assert "reserve_given_up" not in fleet.log()
        assert not any(r.exists() for r in reserves), "nobody is at work, and room is still taken"


def test_a_reserve_that_cannot_be_made_is_told(tmp_path):
    """There is room, but not for the reserve: whoever asks why nothing is called hears of it."""
    obstacle = tmp_path / "results" / "reserve"
    obstacle.mkdir(parents=True)
    with Fleet(tmp_path, cap=4, workers=2, settings={"space_min": "2M"}) as fleet:
        assert "space:" not in fleet.run("check"), "nobody is at work: none is needed"
        fleet.start()
        until("the keeper's word", lambda: "reserve_failed" in fleet.log())
        fleet.enqueue("b", fleet.texts(4))
        says = "no new calls: the reserve is not there, though there is room"
        space = fleet.status()["space"]
        assert space["low"] and space["why"] == f"{says}: {tmp_path / 'results'}"
        for command in (["status"], ["check"], ["why", "1"], ["list", "b"]):
            assert says in fleet.run(*command), command
        assert fleet.witness.stats()["accepted"] == 0
        obstacle.rmdir()
        fleet.wait("b")
        assert fleet.status()["space"] == {"low": False, "path": None, "why": None, "min_bytes": 2 << 20}
        fleet.finish()
