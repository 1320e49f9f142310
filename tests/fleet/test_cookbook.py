"""etc/cookbook.md: every block is run as it stands, and what it prints is compared but for the numbers.

A task is run in a fleet of its own, its blocks in their order: a block of sh is a script in the folder
of the texts, one with a file's name is that file, one of text is what the script before it printed
("…" stands for any lines). What a task needs to have happened, and what must have come of it, is in
the functions below.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from fleet import SLOWER, Fleet, program, until

COOKBOOK = pathlib.Path(__file__).parents[2] / "etc" / "cookbook.md"
TASKS = re.split(r"^## \d+\. ", COOKBOOK.read_text(), flags=re.M)[1:]
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.M | re.S)
SCRIPT_S = 60


def without_numbers(line):
    return re.sub(r" +", " ", re.sub(r"\d+([.:]\d+)*", "N", line)).strip()


def check_output(wanted, printed):
    """Each line of `wanted` is printed, in order; between two of them only where "…" stands."""
    rest = [without_numbers(line) for line in printed.splitlines()]
    lines = [without_numbers(line) for line in wanted.splitlines()]
    pattern = "".join("(?:.*\n)*?" if line == "…" else re.escape(line) + "\n" for line in lines)
    assert re.fullmatch(pattern, "".join(line + "\n" for line in rest)), f"not as written:\n{printed}"


class Kitchen:
    """A task being cooked: its fleet, the folder of the texts, and what each script printed."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.folder = fleet.home / "work"
        self.folder.mkdir()
        self.environment = {**fleet.environment,
                            "PATH": os.path.dirname(program()) + ":" + os.environ["PATH"]}

    def write(self, name, *lines):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(line + "\n" for line in lines))

    def script(self, text):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=self.folder, env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SCRIPT_S)
        assert done.returncode == 0, f"{text}\nexit {done.returncode}:\n{done.stdout}"
        print(done.stdout)
        return done.stdout

    def cook(self, task, before=None):
        """before: called with the number of the script that is next, from 1."""
        printed, number = None, 0
        for kind, name, text in BLOCK.findall(task):
            if name:
                (self.folder / name).write_text(text)
            elif kind == "sh":
                number += 1
                if before:
                    before(number)
                printed = self.script(text)
            else:
                assert kind == "text" and printed is not None, kind
                check_output(text, printed)
        return number


def task(number):
    return TASKS[number - 1]


def test_there_are_twelve_tasks():
    assert len(TASKS) == 12
    with pytest.raises(AssertionError):
        check_output("3 files\n", "3 folders\n")
    with pytest.raises(AssertionError):
        check_output("3 files\n", "3 files\nmore\n")
    check_output("…\n3 files\n…\n", "a\n5  files\n")


def test_ten_videos(tmp_path):
    with Fleet(tmp_path, cap=8) as fleet:
        kitchen = Kitchen(fleet)
        for i in range(1, 11):
            kitchen.write(f"videos/video-{i:02}.txt", *(f"Clip {clip} of video {i}." for clip in range(1, 5)))
        fleet.start()
        kitchen.cook(task(1))
        assert len(list((kitchen.folder / "audio").glob("*/*.wav"))) == 40
        fleet.stop()


def test_an_audiobook(tmp_path):
    with Fleet(tmp_path) as fleet:
        kitchen = Kitchen(fleet)
        kitchen.write("book.txt", "It was a dark and stormy night; the rain fell in torrents.", "",
                      "Suddenly, a shot rang out. A door slammed. The maid screamed.", "",
                      "Suddenly, a pirate ship appeared on the horizon! While millions starved, the king lived.")
        fleet.start()
        kitchen.cook(task(2))
        assert (kitchen.folder / "book.flac").read_bytes()[:4] == b"fLaC"
        assert (kitchen.folder / "book.srt").read_text().count("-->") == 3
        fleet.stop()


def test_a_spreadsheet(tmp_path):
    with Fleet(tmp_path) as fleet:
        kitchen = Kitchen(fleet)
        fleet.start()
        kitchen.cook(task(3))
        fleet.stop()


def test_a_failure_overnight(tmp_path):
    with Fleet(tmp_path, cap=1, say=("--fault", "error=100", "--fault-first", "6"),  # in order: job 1 fails
               profile={"retry.max": 1, "price": "15.00 USD/1M codepoints"}) as fleet:
        kitchen = Kitchen(fleet)
        kitchen.write("night.txt", *(f"Sentence {i} of the night." for i in range(1, 21)))
        fleet.start()
        fleet.run("enqueue", kitchen.folder / "night.txt")
        fleet.wait("night", code=3)
        assert fleet.batch("night")["failed"] == 6
        kitchen.cook(task(4))
        assert fleet.batch("night")["done"] == 20
        fleet.stop()


def test_fewer_calls(tmp_path):
    with Fleet(tmp_path, cap=8, latency_ms=50 * SLOWER) as fleet:
        kitchen = Kitchen(fleet)
        fleet.start()
        fleet.enqueue("b", fleet.texts(400))
        fleet.wait_in_flight(8)

        def before(number):
            if number == 2:
                fleet.witness.wait_stats(lambda stats: stats["in_flight"] <= 2)
                assert fleet.in_flight() <= 2

        kitchen.cook(task(5), before)
        fleet.wait_in_flight(8)
        fleet.run("cancel", "b")
        fleet.stop()


def test_a_provider_in_three_lines(tmp_path):
    """The address in the text is the witness's here; no service and no other settings are needed."""
    with Fleet(tmp_path) as fleet:
        kitchen = Kitchen(fleet)
        kitchen.write("hello.txt", "Good morning.")
        del kitchen.environment["TTSQ_CONFIG"]
        kitchen.cook(task(6).replace("https://speech.example.org/v1", fleet.witness.url))
        assert len(list((kitchen.folder / "hello.audio").glob("0001_*"))) == 1


def test_a_budget(tmp_path):
    with Fleet(tmp_path, profile={"price": "1.00 USD/100 codepoints"}) as fleet:
        kitchen = Kitchen(fleet)
        kitchen.write("course.txt", *(f"This is sentence {i:02}." for i in range(40)))
        fleet.start()
        kitchen.cook(task(7))
        assert fleet.batch("course")["done"] == 40
        fleet.stop()


def test_one_line_changed(tmp_path):
    with Fleet(tmp_path) as fleet:
        kitchen = Kitchen(fleet)
        kitchen.write("chapter.txt", "It was a dark and stormy night.", "A shot rang out.", "A door slammed.")
        fleet.start()
        kitchen.cook(task(8))
        fleet.stop()
        fleet.witness.stop()
        assert fleet.books().count("answered") == 4


def test_backup_and_back(tmp_path):
    with Fleet(tmp_path) as fleet:
        kitchen = Kitchen(fleet)
        (kitchen.folder / "backup").mkdir()
        fleet.start()
        fleet.enqueue("b", fleet.texts(20, chars=120))  # some answers are files
        fleet.wait("b")

        def before(number):
            if number == 2:
                fleet.stop()
                for path in fleet.home.glob("queue.db*"):
                    path.unlink() if path.is_file() else shutil.rmtree(path)
                shutil.rmtree(fleet.settings["results"])

        kitchen.cook(task(9), before)
        fleet.start()
        fleet.get("b")
        fleet.stop()


def test_from_sql(tmp_path):
    if not shutil.which("sqlite3"):
        pytest.skip("sqlite3 is not installed")
    with Fleet(tmp_path) as fleet:
        kitchen = Kitchen(fleet)
        (kitchen.folder / "queue.db").symlink_to(fleet.settings["database"])
        fleet.start()
        kitchen.cook(task(10))
        fleet.stop()


def test_ten_scripts_at_once(tmp_path):
    with Fleet(tmp_path, cap=20) as fleet:
        kitchen = Kitchen(fleet)
        for i in range(1, 11):
            kitchen.write(f"videos/video-{i:02}.txt", *(f"Clip {clip} of video {i}." for clip in range(1, 41)))
        fleet.environment["PATH"] = kitchen.environment["PATH"]
        fleet.start()
        log = kitchen.folder / "audio" / "log"

        def before(number):
            if number == 2:
                until("ten programs", lambda: fleet.value(
                    "SELECT count(*) FROM ending WHERE state = 'done'") == 10)
                assert log.read_text().count("\n") == 10

        kitchen.cook(task(11), before)
        for i in range(1, 11):
            assert len(list((kitchen.folder / "audio" / f"video-{i:02}").glob("*.wav"))) == 40
        fleet.stop()


def test_a_novel(tmp_path):
    """Between the two commands everything is killed, in the middle of calls."""
    missing = [tool for tool in ("pandoc", "ffmpeg", "ffprobe") if not shutil.which(tool)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: the novel of the cookbook is untested")
    with Fleet(tmp_path, cap=4, latency_ms=400) as fleet:
        kitchen = Kitchen(fleet)
        titles = ["The Fall", "The Fire", "The Flood"]
        kitchen.write("novel.md", *(line for title in titles for line in
                                    [f"# {title}", "", *(f"Paragraph {i} of {title}.\n" for i in range(1, 13))]))
        subprocess.run(["pandoc", "novel.md", "--metadata", "title=The Tale", "-o", "novel.epub"],
                       cwd=kitchen.folder, check=True)

        def before(number):
            if number == 2:
                until("some of the book", lambda: fleet.batch("novel")["done"] >= 8)
                fleet.wait_in_flight(1)
                fleet.kill_all()
                assert fleet.batch("novel")["done"] < 39
                fleet.start()

        fleet.start()
        kitchen.cook(task(12), before)
        assert (kitchen.folder / "novel.srt").read_text().count("-->") == 39
        fleet.stop()
