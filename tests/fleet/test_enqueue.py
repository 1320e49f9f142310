"""`ttsq enqueue`: what it adds, once, and nothing of it when it is stopped."""

import signal
import subprocess

from cli import DEADLINE_S, INTERRUPTED, NO_SERVICE, USAGE
from fleet import Fleet, program, until


def test_the_same_content_again_adds_nothing(cli):
    cli.write("a.txt", "one\ntwo\n")
    cli.write("copy.txt", "one\ntwo\n")
    assert cli.json("enqueue", "a.txt")["batches"] == [
        {"batch": "a", "jobs": 2, "chars": 6, "empty_lines": 0, "pieces": 0,
         "added": True, "already": False, "estimate": None}]
    for words in (["a.txt"], ["copy.txt"], ["--batch", "a", "a.txt"]):
        assert cli("enqueue", *words)[0] == "already enqueued as batch a: nothing added\n"
    assert cli.json("enqueue", "a.txt")["batches"][0]["added"] is False
    assert cli.batches() == ["a"]
    # what makes another request of it is other content
    cli("enqueue", "a.txt", "--voice", "nova")
    cli("enqueue", "a.txt", "--split", "none")
    assert sorted(cli.batches()) == ["a", "a-2", "a-3"]
    cli("enqueue", "a.txt", "--force")
    cli.write("a.txt", "one\ntwo\nthree\n")
    cli("enqueue", "a.txt")
    assert sorted(cli.batches()) == ["a", "a-2", "a-3", "a-4", "a-5"]
    _, error = cli("enqueue", "--batch", "a", "a.txt", "--force", code=USAGE)
    assert "there is a batch 'a' already" in error


def test_known_content_under_another_name_is_another_batch(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt")
    cli("enqueue", "a.txt", "--batch", "mine")
    assert len(cli.json("list", "mine")) == 1
    assert "enqueued" in cli("enqueue", "a.txt", "--batch", "mine")[0]
    assert len(cli.json("list", "mine")) == 1


def test_dry_run_touches_nothing(cli):
    cli.write("a.txt", "one\n\ntwo\n")
    assert cli("enqueue", "--dry-run", "a.txt")[0] == \
        "would add a: 2 jobs, 6 characters, 1 empty line skipped, 2 calls (no price is known)\n"
    assert not (cli.home / "data").exists()
    cli.write("b.txt", "three\n")
    assert cli("enqueue", "--dry-run", "a.txt", "b.txt")[0].splitlines()[2:] == \
        ["in all 2 batches: 3 jobs, 11 characters, 3 calls (no price is known)"]


def test_a_dry_run_of_several_files_says_what_will_be(cli):
    """It knows what the files before would have made, with a queue and without."""
    for name, text in ("x/a.txt", "one"), ("y/a.txt", "two"), ("copy.txt", "one"), ("b.csv", "text\nthree"):
        (cli.home / name).parent.mkdir(exist_ok=True)
        cli.write(name, text + "\n")
    files = "x/a.txt", "y/a.txt", "copy.txt", "b.csv", "x/a.txt"

    def said(*options, code=0):
        lines = cli("enqueue", *options, *files, code=code)[0].replace("would be ", "").splitlines()
        return [line.removeprefix("would add ").removeprefix("batch ").split(", 1 call")[0] for line in lines[:5]]

    dry = said("--dry-run")
    assert dry == ["a: 1 job, 3 characters", "a-2: 1 job, 3 characters",
                   "already enqueued as batch a: nothing added", "b: 1 job, 5 characters",
                   "already enqueued as batch a: nothing added"]
    assert cli("enqueue", "--dry-run", *files)[0].splitlines()[5].startswith("in all 3 batches: 3 jobs, 11 characters")
    assert said() == dry
    assert said("--dry-run") == said()
    forced = said("--dry-run", "--force")
    assert [line.split(":")[0] for line in forced] == ["a-3", "a-4", "copy", "b-2", "a-5"]
    assert said("--force") == forced


def test_several_files_are_waited_for_together(tmp_path):
    with Fleet(tmp_path, cap=1, workers=1, latency_ms=100) as fleet:
        fleet.start()
        fleet.checked = {"long": fleet.texts(8, tag="long"), "short": fleet.texts(1, tag="short")}
        for name, texts in fleet.checked.items():
            (fleet.home / f"{name}.txt").write_text("".join(f"{text}\n" for text in texts))
        done = fleet.command("enqueue", "--wait", *(fleet.home / f"{name}.txt" for name in ("long", "short", "long")))
        ends = [line for line in done.stderr.splitlines() if line.endswith("done")]
        assert done.returncode == 0 and ends == ["ttsq: short: its one job is done",
                                                 "ttsq: long: all 8 jobs are done"], done
        fleet.finish()


def test_options_reach_the_batch(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt", "--batch", "n", "--priority", "-2", "--weight", "7", "--delay", "1h",
        "--uncertain", "hold", "--voice", "nova")
    assert cli.sql("SELECT name, priority, weight, uncertain, voice FROM batch") == [
        ("n", -2, 7, "hold", "nova")]
    assert cli.json("status")["batches"][0]["delayed"] == 1


def test_suggested_commands_can_be_copied(cli):
    name = "it's my; book"
    cli.write(f"{name}.txt", "one\n")
    _, error = cli("enqueue", f"{name}.txt")
    command = error.split("`")[1].removeprefix("ttsq ")
    done = subprocess.run(f"{program()} {command}", shell=True, cwd=cli.home, env=cli.environment,
                          capture_output=True)
    assert done.returncode == NO_SERVICE, done.stderr  # the batch was found


def test_a_missing_key_is_said_when_enqueueing(cli):
    cli.write("a.txt", "one\n")
    (cli.home / "ttsq.ini").write_text("[ttsq]\nprofile = p\n[profile:p]\ninherit = openai-compat\n"
                                       "base_url = https://example.org/v1\nmodel = m\nvoice = v\n")
    cli.environment.pop("OPENAI_API_KEY", None)
    cli.environment["XDG_STATE_HOME"] = str(cli.home / "state")
    assert "OPENAI_API_KEY" in cli("enqueue", "a.txt")[1]


def test_a_killed_loader_leaves_nothing_in_the_way(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt", "--batch", "first")
    with open(cli.home / "big.txt", "w") as file:
        file.writelines(f"text {i} of many\n" for i in range(2_000_000))
    loader = cli.start("enqueue", "big.txt")
    until("a half-loaded batch", lambda: cli.sql("SELECT 1 FROM batch WHERE producer_id > 0"))
    loader.kill()
    loader.communicate()
    cli.write("big.txt", "one small text\n")
    cli("enqueue", "big.txt")
    assert cli.texts("big") == ["one small text"]
    cli("check", "--deep")


def test_an_interrupted_loader_adds_nothing(cli):
    cli.write("a.txt", "one\n")
    cli("enqueue", "a.txt")
    with open(cli.home / "big.txt", "w") as file:
        file.writelines(f"text {i} of many\n" for i in range(2_000_000))
    loader = cli.start("enqueue", "big.txt")
    until("a half-loaded batch", lambda: cli.sql("SELECT 1 FROM batch WHERE producer_id > 0"))
    loader.send_signal(signal.SIGINT)
    _, error = loader.communicate(timeout=DEADLINE_S)
    assert loader.returncode == INTERRUPTED and b"nothing was added" in error
    assert cli.batches() == ["a"]
    assert cli.sql("SELECT count(*) FROM worker") == [(0,)]
