"""P3: a damaged database, I/O errors, too few descriptors: a clear end with the promised exit code."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, program, until  # noqa: E402

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
                                   cwd=tmp_path, env=fleet.environment, capture_output=True,
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
