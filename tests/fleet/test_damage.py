"""P3: a damaged database, I/O errors, too few descriptors: a clear end with the promised exit code."""

import contextlib
import os
import re
import signal
import sqlite3
import subprocess

import pytest

from fleet import Fleet, program, traced, until

CORRUPT, CONFIG = 65, 78
PAGE_BYTES = 4096
SYNCS_TRIED = 12  # more than the load below needs


def test_a_damaged_database_stops_the_service(tmp_path):
    """It ends with 65, which is not restarted, and says what to do."""
    with Fleet(tmp_path, workers=1) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(200))
        fleet.wait("b")
        fleet.stop()
        size = fleet.settings["database"].stat().st_size
        with open(fleet.settings["database"], "r+b") as file:
            file.seek(PAGE_BYTES)
            file.write(os.urandom(size - PAGE_BYTES))
        fleet.start(fault="none:none:1")  # does not wait for its workers
        assert fleet.wait_end() == CORRUPT
        assert "restart=no" in fleet.log() and "ttsq check --deep" in fleet.log()
        assert fleet.command("check").returncode == CORRUPT


def test_a_reload_that_finds_the_damage_ends_the_service_in_good_order(tmp_path):
    """The keeper, too: with its exit code, and not by a signal."""
    with Fleet(tmp_path, cap=4, workers=1) as fleet:
        fleet.start()
        with contextlib.closing(sqlite3.connect(fleet.settings["database"])) as database:
            database.executescript("""
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET rootpage =
                    (SELECT min(rootpage) FROM sqlite_schema WHERE type = 'index') WHERE name = 'event';
                PRAGMA schema_version = 1000;""")
        fleet.account["concurrency"] = 7
        fleet.write_config()
        fleet.supervisor.send_signal(signal.SIGHUP)
        assert fleet.wait_end() == CORRUPT
        ends = re.findall(r"child_died kind=keeper id=\w+ (\S+)", fleet.log())
        assert ends == [f"exit={CORRUPT}"], fleet.log()


def test_too_few_descriptors_are_an_error_of_the_configuration(tmp_path):
    with Fleet(tmp_path, workers=1) as fleet:
        done = subprocess.run(["prlimit", "--nofile=200:200", program(), "supervise"], cwd=tmp_path,
                              env=fleet.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == CONFIG, done
        assert "lower calls_max or raise LimitNOFILE" in done.stderr
        fleet.settings["calls_max"] = 20
        fleet.write_config()
        with subprocess.Popen(["prlimit", "--nofile=200:200", program(), "supervise"], cwd=tmp_path,
                              env=fleet.environment, stderr=subprocess.PIPE, text=True) as process:
            until("a worker", lambda: fleet.command("status").stdout.count("running") >= 3)
            process.terminate()
            assert process.wait(30) == 0


def test_an_io_error_while_loading_leaves_nothing_half(tmp_path):
    """At each sync of a load once: it is in, whole, or it is not; and the next try succeeds."""
    with Fleet(tmp_path, workers=1) as fleet:
        fleet.start()
        fleet.stop()
        failed = 0
        for n in range(1, SYNCS_TRIED):
            path = tmp_path / f"b{n}.txt"
            path.write_text("".join(text + "\n" for text in fleet.texts(6000, tag=str(n))))
            words = [program(), "enqueue", path, "--split", "line"]
            inject = f"inject=fdatasync:error=EIO:when={n}"
            first = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", inject, *words],
                                   cwd=tmp_path, env=traced(fleet.environment), capture_output=True,
                                   text=True, timeout=60)
            failed += first.returncode != 0
            batches = {b["name"]: b for b in fleet.status()["batches"]}
            assert first.returncode == 1 or batches[f"b{n}"]["total"] == 6000
            assert not any(b["loading"] for b in batches.values()), (n, first.stderr)
            fleet.run(*words[1:])
            assert fleet.batch(f"b{n}")["total"] == 6000
        assert 0 < failed < SYNCS_TRIED - 1, "every sync was met, and more"
        fleet.run("check", "--deep")
        assert fleet.value("SELECT count(*) FROM worker") == 0


def test_an_io_error_while_adding_is_told_as_it_is(tmp_path):
    """At each sync once: what was added is there, and what is said to be not there is not; so saying it again,
    though the same input is in the batch already, never adds it twice unasked."""
    with Fleet(tmp_path, workers=1) as fleet:
        fleet.start()
        fleet.run("pause", "main")  # with others at the database no log is recovered by who opens it
        fleet.enqueue("b", ["first"])
        path, total, outcomes = tmp_path / "more.txt", 1, set()
        path.write_text("".join(text + "\n" for text in fleet.texts(50)))
        words = [program(), "enqueue", path, "--batch", "b", "--append", "--force"]
        for when in [f"{n}{later}" for n in range(1, SYNCS_TRIED) for later in ("", "+")]:
            inject = f"inject=fdatasync:error=EIO:when={when}"
            done = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", inject, *words], cwd=tmp_path,
                                  env=traced(fleet.environment), capture_output=True, text=True, timeout=60)
            batches = {b["name"]: b["total"] for b in fleet.status()["batches"] if not b["loading"]}
            said = re.match("ttsq: (nothing was added|it is not known whether 50 jobs were added to b): ", done.stderr)
            if done.returncode == 1 and said[1] != "nothing was added":
                assert batches["b"] in (total, total + 50) and "`ttsq log --batch b` says" in done.stderr
                outcomes.add("not known")
                total = batches["b"]
            else:
                outcomes.add(done.returncode)
                total += 50 * (done.returncode == 0)
            assert batches == {"b": total}, (when, done)
        assert outcomes == {0, 1, "not known"}
        fleet.run("cancel", "b")
        fleet.stop()
        fleet.run("check", "--deep")
        fleet.checked.clear()


@pytest.mark.parametrize("kind", ["call", "keeper"])
@pytest.mark.parametrize("when", ["12", "12+"], ids=["once", "for-ever"])
def test_an_io_error_ends_the_process_and_not_the_work(tmp_path, kind, when):
    """One of the children gets EIO from a sync of the database: the outcome of its transaction is
    unknown, so it says it again on a new connection, makes no more calls and is replaced."""
    wrapper, once = tmp_path / "wrapper", tmp_path / "once"
    once.touch()
    wrapper.write_text(f"""#!/bin/sh
[ "$2" = {kind} ] && rm "{once}" 2>/dev/null &&
    ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" exec strace -D -f -qq -o /dev/null -P "{tmp_path}/queue.db-wal" \\
        -e inject=fdatasync:error=EIO:when={when} "{program()}" "$@"
exec "{program()}" "$@"
""")
    wrapper.chmod(0o755)
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5) as fleet:
        fleet.start(TTSQ_WORKER_EXE=str(wrapper))
        assert not once.exists()
        fleet.enqueue("a", fleet.texts(300, tag="a"))
        fleet.wait("a")
        for i in range(40):  # the keeper syncs at its own work only: what is delayed, checkpoints
            if f"child_died kind={kind}" in fleet.log():
                break
            fleet.enqueue(f"b{i}", fleet.texts(50, 200, tag=f"b{i}"), "--delay", "10ms")
            fleet.wait(f"b{i}")
        until("the process's end", lambda: f"child_died kind={kind}" in fleet.log())
        fleet.enqueue("c", fleet.texts(100, tag="c"))
        fleet.wait("c")
        fleet.finish()
