"""P5: how a batch shares its account, said by a person: boost, a cap of its own."""

import datetime
import time

from fleet import Fleet, boot_us, until
from say import text_hash

USAGE, NOT_FOUND = 2, 4


def most_in_flight(books, texts):
    """The most calls at a time for these texts, as the provider saw them."""
    ours = {text_hash(text) for text in texts}
    mine, now, most = set(), 0, 0
    for event in books.events:
        if event["ev"] == "accepted" and event["text_hash"] in ours:
            mine.add(event["req"])
            now += 1
            most = max(most, now)
        elif event["ev"] in ("answered", "gone", "failed") and event["req"] in mine:
            mine.remove(event["req"])
            now -= 1
    return most


def test_a_batch_has_a_cap_of_its_own(tmp_path):
    with Fleet(tmp_path, cap=6, workers=2, latency_ms=20) as fleet:
        few, many = fleet.texts(30, tag="few"), fleet.texts(120, tag="many")
        fleet.enqueue("few", few, "--cap", "2")
        fleet.enqueue("many", many)
        assert fleet.run("cap", "few") == "batch few: cap 2, 0 in flight\n"
        fleet.start()
        fleet.wait("few")
        fleet.wait("many")
        books = fleet.finish()
        assert most_in_flight(books, few) == 2
        assert books.max_in_flight == 6


def test_a_worker_alone_goes_on_when_its_own_answer_makes_room(tmp_path):
    with Fleet(tmp_path, cap=6, workers=1, latency_ms=50,
               settings={"row_bytes_max": "1K"}) as fleet:  # settled after its slot went back
        fleet.enqueue("one", fleet.texts(40), "--cap", "1")
        fleet.start()
        fleet.wait("one")
        assert fleet.finish().max_in_flight == 1


def test_boost_while_it_runs_says_what_was_and_how_to_undo_it(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=20) as fleet:
        fleet.start()
        fleet.enqueue("long", fleet.texts(400, tag="long"))
        fleet.wait_in_flight(2)
        fleet.enqueue("short", fleet.texts(40, tag="short"))
        done = fleet.command("boost", "short", "--priority", "3", "--weight", "5")
        assert done.stdout == "batch short: weight 5 (was 1), priority 3 (was 0)\n"
        assert "`ttsq boost short --weight 1 --priority 0` undoes it" in done.stderr
        fleet.wait("short")
        assert fleet.batch("long")["done"] < 200
        assert "weight from 1 to 5, priority from 0 to 3" in fleet.run("log", "--batch", "short")
        assert fleet.run("boost", "short") == "batch short: weight 5, priority 3\n"
        fleet.run("cancel", "long")
        until("calls that end", lambda: fleet.in_flight() == 0)
        fleet.finish(states=("done", "cancelled"))


def test_a_batch_starts_at_its_time(tmp_path):
    with Fleet(tmp_path, cap=4, workers=1, latency_ms=5) as fleet:
        fleet.environment["TZ"] = "Europe/Berlin"
        fleet.start()
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
        fleet.enqueue("soon", fleet.texts(5, tag="soon"), "--at", soon.strftime("%FT%TZ"))
        day = (soon + datetime.timedelta(days=40)).strftime("%F")
        done = fleet.command("enqueue", fleet.home / "soon.txt", "--force", "--batch", "later",
                             "--at", f"{day} 18:00")
        assert done.returncode == 0 and f"from {day} 18:00:00 CE" in done.stdout
        fleet.wait("soon")
        begun = min(event["t_us"] for event in fleet.books().events)
        wall_us = time.time_ns() // 1000 - boot_us()
        assert begun + wall_us >= int(soon.timestamp()) * 1_000_000
        assert fleet.batch("later")["delayed"] == 5
        fleet.run("cancel", "later")
        fleet.checked["later"] = fleet.checked["soon"]
        fleet.finish(states=("done", "cancelled"))


def test_a_time_that_will_be_missed_is_said(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=100) as fleet:
        fleet.start()
        hour = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        by = ("--by", hour.strftime("%FT%TZ"))
        text = tmp_path / "a.txt"
        text.write_text("a first one\n")
        assert "is not known" in fleet.command("enqueue", text, "--batch", "first", *by).stderr
        fleet.enqueue("many", fleet.texts(20))
        fleet.wait("many")
        text.write_text("".join(f"number {i}\n" for i in range(20)))
        done = fleet.command("enqueue", text, "--batch", "soon", *by)
        assert done.returncode == 0 and "--by" not in done.stderr and "warning" not in done.stderr
        text.write_text("".join(f"number {i} of very many\n" for i in range(200000)))
        done = fleet.command("enqueue", text, "--batch", "late", *by)
        assert "warning: at the present pace it is done at" in done.stderr
        assert "`ttsq boost late --priority 1` puts it first" in done.stderr
        assert fleet.batch("late")["by"] == hour.strftime("%FT%T") + ".000Z"
        fleet.run("cancel", "late")
        fleet.stop()
        fleet.run("check", "--deep")


def test_more_is_added_to_a_batch_while_it_runs(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=20) as fleet:
        fleet.start()
        first, more = fleet.texts(30, tag="first"), fleet.texts(10, tag="more")
        fleet.enqueue("book", first)
        text = tmp_path / "more.txt"
        text.write_text("".join(line + "\n" for line in more))
        refused = fleet.command("enqueue", text, "--batch", "book")
        assert refused.returncode == USAGE and "add to it with --append" in refused.stderr
        added = fleet.run("enqueue", text, "--batch", "book", "--append")
        assert added.startswith("batch book: 10 jobs")
        again = fleet.run("enqueue", text, "--batch", "book", "--append")
        assert "nothing added" in again
        for words, line in ((("--append",), "--append goes with --batch"),
                            (("--append", "--batch", "book", "--priority", "2"), "`ttsq boost`"),
                            (("--append", "--batch", "book", "--profile", "say"), "profile main")):
            done = fleet.command("enqueue", text, *words)
            assert done.returncode == USAGE and line in done.stderr, (words, done)
        fleet.checked["book"] = first + more
        fleet.wait("book")
        fleet.get("book")
        text.write_text("one more after the end\n")
        fleet.run("enqueue", text, "--batch", "book", "--append")
        fleet.checked["book"].append("one more after the end")
        fleet.wait("book")
        assert fleet.batch("book")["delivered"] is None
        for file in (tmp_path / "out-book").iterdir():
            file.unlink()
        fleet.finish()


def test_nothing_is_added_to_what_is_not_there(tmp_path):
    with Fleet(tmp_path) as fleet:
        text = tmp_path / "a.txt"
        text.write_text("a\n")
        add = ("enqueue", text, "--append", "--batch", "book")
        done = fleet.command(*add, "--dry-run")
        assert done.returncode == NOT_FOUND and "no batch 'book': there is no queue yet" in done.stderr, done
        for words in add, (*add, "--dry-run"), (*add, "--force"):
            done = fleet.command(*words)
            assert done.returncode == NOT_FOUND and "no batch 'book'" in done.stderr, (words, done)
        assert fleet.status()["batches"] == []


def test_times_that_do_not_exist_are_refused(tmp_path):
    with Fleet(tmp_path) as fleet:
        fleet.environment["TZ"] = "Europe/Berlin"
        text = tmp_path / "a.txt"
        text.write_text("a\n")
        soon, sooner = (str(datetime.date.today() + datetime.timedelta(days=n)) for n in (3, 2))
        for words, line in ((("--at", "2027-03-28T02:30"), "clocks are set forward over it"),
                            (("--at", "2027-02-29"), "is not in the calendar"),
                            (("--at", "2020-01-01"), "is past"),
                            (("--at", "tomorrow"), "is no time: write 06:30"),
                            (("--at", "06:30", "--delay", "1h"), "--at or --delay, not both"),
                            (("--at", soon, "--by", sooner), "--by is not after --at"),
                            (("--by", "06:30", "--delay", "26h"), "--by is over before --delay is")):
            done = fleet.command("enqueue", text, *words)
            assert done.returncode == USAGE and line in done.stderr, (words, done)
            assert done.stderr.count("\n") == 1


def test_slips_are_said(tmp_path):
    with Fleet(tmp_path) as fleet:
        fleet.enqueue("main", fleet.texts(1))  # as the account is called
        fleet.enqueue("chapter", fleet.texts(2, tag="other"))
        for words, code, line in (
                (("boost", "chaptre", "--weight", "2"), NOT_FOUND, "did you mean 'chapter'?"),
                (("enqueue", "--append", "--batch", "chaptre", fleet.home / "main.txt"), NOT_FOUND,
                 "did you mean 'chapter'?"),
                (("boost", "chapter", "--weight", "0"), USAGE, "1 to 1000"),
                (("boost", "chapter", "0"), USAGE, "N must be a whole number from 1 to 1000"),
                (("boost", "chapter", "2", "--weight", "2"), USAGE, "the weight is said twice"),
                (("cap", "main", "3"), USAGE, "say --account or --batch"),
                (("cap", "mian"), NOT_FOUND, "did you mean 'main'?"),
                (("cap", "--account", "main", "none"), USAGE, "from 1 to 4096"),
                (("cap", "chapter", "0"), USAGE, "1 to 4096")):
            done = fleet.command(*words)
            assert done.returncode == code and line in done.stderr, (words, done)
        assert fleet.run("cap", "--batch", "main", "3") == "batch main: cap 3 (was none)\n"
        assert fleet.run("cap", "--batch", "main", "none") == "batch main: cap none (was 3)\n"
        assert fleet.run("cap", "--account", "main", "3").startswith("account main: cap 3")
        fleet.checked.clear()
