"""What a command says to do next can be done, and is true of a queue in trouble, too."""

import grp
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile

import pytest

from fleet import Fleet, program, until
from terminal import Terminal

FAILED, USAGE, NOT_FOUND, NO_SERVICE = 1, 2, 4, 5
NOBODY = "65534"
PRICE = {"price": "1.00 USD/100 codepoints"}


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path, profile=PRICE) as fleet:
        yield fleet


def write(fleet, **texts):
    """Files by name, in their order: their paths."""
    for name, text in texts.items():
        (fleet.home / name).write_text(text)
    return [fleet.home / name for name in texts]


def test_dry_run_says_what_the_real_one_will(fleet):
    fleet.run("enqueue", *write(fleet, a="one\ntwo\n"))
    files = write(fleet, a="one\ntwo\n", b="three\nthree\n", c="four\n")
    assert fleet.run("enqueue", "--dry-run", files[0]) == "already enqueued as batch a: nothing would be added\n"
    known, = json.loads(fleet.run("enqueue", "--dry-run", "--json", files[0]))["batches"]
    assert known["already"] is True and known["added"] is False
    assert fleet.run("enqueue", "--dry-run", *files).splitlines()[1:] == [
        "would add b: 2 jobs, 10 characters, 1 call, 1 shared, about 0.05 USD",
        "would add c: 1 job, 4 characters, 1 call, about 0.04 USD",
        "in all 2 batches: 3 jobs, 14 characters, 2 calls, 1 shared, about 0.09 USD"]
    other, = write(fleet, a="other\n")
    assert fleet.run("enqueue", "--dry-run", other).startswith("would add a-2: ")
    for words in ["--dry-run"], []:
        refused = fleet.command("enqueue", *words, "--batch", "a", other)
        assert refused.returncode == USAGE and "there is a batch 'a' already" in refused.stderr
    assert fleet.run("enqueue", "--dry-run", "--batch", "a", "--append", other).startswith("would add a: 1 job")
    assert [batch["name"] for batch in fleet.status()["batches"]] == ["a"]


def test_several_files_have_one_next_line(fleet):
    files = write(fleet, **{f"text-{i:02}": f"{i}\n" for i in range(11)})
    for words, line in ((files[:2], "next: `ttsq wait text-00 text-01`"),
                        (files[:1], "--force adds the same again; next: `ttsq wait text-00`"),
                        (files, "next: `ttsq status`")):
        said = fleet.command("enqueue", *words).stderr
        assert said.count("next: ") == 1 and line in said, said


@pytest.mark.parametrize("words, shown", [
    (("rate", "main", "60/min"), "rate no limit"),
    (("rate", "main", "7/s"), "rate no limit"),
    (("cap", "main", "3"), "cap 8,"),
    (("cap", "b", "3"), "cap none,"),
    (("budget", "b", "5.00"), "no budget, nothing spent"),
])
def test_what_undoes_it_does(fleet, words, shown):
    fleet.enqueue("b", ["a"])
    assert shown in fleet.run(*words[:2])
    said = fleet.command(*words).stderr
    undo = shlex.split(re.search(r"`ttsq (.*)` undoes it", said)[1])
    assert shown not in fleet.run(*words[:2])
    back = fleet.command(*undo)
    assert back.returncode == 0 and f"{words[2]}` undoes it" in back.stderr.replace("1/s`", "60/min`"), back
    assert shown in fleet.run(*words[:2])


def test_a_mistyped_name_is_looked_for_among_both(fleet):
    fleet.enqueue("chapter", ["a"])
    for typed, meant in ("chaptre", "chapter"), ("mian", "main"):
        said = fleet.command("cap", typed)
        assert said.returncode == NOT_FOUND
        assert f"no account or batch '{typed}'; did you mean '{meant}'?" in said.stderr, said
    assert "did you mean" not in fleet.command("cap", "tea").stderr  # that is another word


def test_show_of_a_batch_says_where_its_jobs_numbers_are(fleet):
    fleet.enqueue("chapter", ["a"])
    said = fleet.command("show", "chapter")
    assert said.returncode == 2 and "`ttsq list chapter`" in said.stderr, said


def test_cap_and_rate_say_what_the_settings_say(fleet):
    fleet.enqueue("b", ["a"])
    for words, told in ((("cap", "main", "3"), "; the settings say 8\n"),
                        (("rate", "main", "5/s"), "; the settings say no limit\n")):
        assert "settings" not in fleet.run(*words[:2])
        fleet.run(*words)
        assert fleet.run(*words[:2]).endswith(told)


def test_why_of_an_account_says_what_keeps_it(fleet):
    assert fleet.command("why", "main").returncode == NO_SERVICE  # there is no queue yet
    fleet.enqueue("b", ["a"])
    assert fleet.run("why", "main") == ("account main: 0 of 8 calls are being made\nwaits: no supervisor is running\n"
                                        "do: `ttsq supervise`, or `ttsq run` for a batch\n")
    fleet.start()
    fleet.wait("b")
    assert fleet.run("why", "main").endswith("\nnothing keeps it from making calls\n")
    fleet.run("pause", "main", "--reason", "tea")
    assert "\nwaits: account main is paused: tea\ndo: `ttsq resume main`\n" in fleet.run("why", "main")
    fleet.run("resume", "main")
    fleet.run("pause", "main", "--for", "1h", "--reason", "tea")
    assert "\nwaits: account main is paused: tea\ndo: nothing; it goes on by itself" in fleet.run("why", "main")
    fleet.run("resume", "main")
    fleet.witness.control(down=True)
    fleet.enqueue("c", fleet.texts(20))
    until("an outage", lambda: "\nwaits: account main makes one call at a time: the provider is down: "
          in fleet.run("why", "main"))
    fleet.witness.control(down=False)
    fleet.run("resume", "main")  # as it says: asks now
    fleet.wait("c")
    said = fleet.command("why", "mian")
    assert said.returncode == NOT_FOUND and "did you mean 'main'?" in said.stderr
    fleet.stop()


def test_wait_says_what_keeps_a_batch(fleet):
    """In a few words, so that they fit on a line."""
    fleet.start()
    fleet.run("pause", "main", "--reason", "tea")
    fleet.enqueue("b", ["a"])
    with Terminal([program(), "wait", "b"], fleet.environment, columns=100) as terminal:
        terminal.read(lambda text: "waits: account paused: tea" in text)
        fleet.run("resume", "main")
        assert terminal.wait() == 0
    fleet.stop()


def test_wait_says_what_keeps_each_of_several(fleet):
    fleet.start()
    fleet.run("pause", "main", "--reason", "tea")
    with open(fleet.environment["TTSQ_CONFIG"], "a") as settings:  # which the running service has not read
        settings.write("\n[account:other]\nconcurrency = 1\n[profile:other]\ninherit = main\naccount = other\n")
    for batch, words in ("a", ()), ("b", ()), ("c", ("--profile", "other")):
        path = fleet.home / f"{batch}.txt"
        path.write_text(f"text of {batch}\n")
        fleet.run("enqueue", path, *words)
    says = "waits: account paused: tea (2 batches); account unknown to the service: other (c)"
    with Terminal([program(), "wait", "a", "b", "c"], fleet.environment, columns=250) as terminal:
        terminal.read(lambda text: says in text and "account 'main' is paused: tea" in text)
        for batch in "a", "b", "c":
            fleet.run("cancel", batch)
        assert terminal.wait() == 3
        assert terminal.said.count("account 'main' is paused") == 1
    fleet.stop()


def test_an_argument_too_many_is_named(fleet):
    for words in ("cost", "x"), ("rate", "main", "1/s", "x"), ("version", "x"):
        assert "unexpected argument 'x'" in fleet.command(*words).stderr


def test_why_of_a_batch_says_what_keeps_all_of_it(fleet):
    fleet.enqueue("b", ["a", "b"])
    assert "2 ready" in fleet.run("why", "b") and "waits: no supervisor is running\ndo: `ttsq supervise`" in \
        fleet.run("why", "b")
    fleet.start()
    fleet.wait("b")
    assert fleet.run("why", "b") == "all of its jobs are done\n"
    fleet.run("pause", "main")
    fleet.enqueue("c", ["c"])
    assert "waits: account main is " in fleet.run("why", "c") and "ttsq resume main" in fleet.run("why", "c")
    fleet.run("resume", "main")
    fleet.wait("c")
    fleet.enqueue("d", ["d"], "--delay", "10h")
    assert re.search(r"^the first that is delayed goes on in (10h00m|9h59m), at 20", fleet.run("why", "d"), re.M)
    fleet.stop()


def test_the_dead_do_not_run(tmp_path):
    """Supervisor and all die at once: nobody is left to take them off the record."""
    with Fleet(tmp_path, cap=2, workers=2, latency_ms=8000) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(2))
        fleet.wait_in_flight(2)
        job = fleet.list("b")[0]["id"]
        fleet.run("hold", "b", "--job", job)
        assert "what that leaves to be done is held then\ndo: `ttsq release b --job" in fleet.run("why", job)
        assert "held when its call is over, unless that answers it" in fleet.run("show", job)
        assert "1 running: held when its call is over" in fleet.run("why", "b")
        assert {worker["state"] for worker in fleet.status()["workers"]} == {"running"}
        for process in fleet.processes():  # none shall see another die, and take it off the record
            fleet.kill(process.pid, signal.SIGSTOP)
        fleet.kill_all()
        assert [worker["state"] for worker in fleet.status()["workers"]] == ["dead"] * 3
        assert len(re.findall(r"^call +\d+ +dead ", fleet.run("status"), re.M)) == 2
        waits = "\nwaits: no supervisor is running\ndo: `ttsq supervise`"
        said = fleet.run("why", "b")
        assert said.startswith("2 running: its worker died during the call (") and waits in said
        said = fleet.run("why", job)
        assert said.startswith("its worker died during call 1; ") and waits in said
        assert "its worker died during the call" in fleet.run("list", "b")
        assert "0 of 2 calls are being made; 2 were when their workers died\n" in fleet.run("why", "main")
        fleet.start()
        until("the living", lambda: {worker["state"] for worker in fleet.status()["workers"]} == {"running"})
        fleet.run("cancel", "b")
        fleet.stop()


def test_a_queue_of_others():
    if os.getuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root with setpriv can be somebody else")
    nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", program())
    with tempfile.TemporaryDirectory(dir="/tmp") as home:  # the parents of tmp_path are private
        os.chmod(home, 0o755)
        with Fleet(home) as fleet:
            fleet.enqueue("b", ["a"])
            os.chmod(fleet.environment["TTSQ_CONFIG"], 0o644)
            if subprocess.run([*nobody, "version"], capture_output=True).returncode != 0:
                pytest.skip("the program cannot be run by another user")
            for words in ("status",), ("list", "b"), ("enqueue", "/etc/hostname"):
                said = subprocess.run([*nobody, *words], cwd="/", env=fleet.environment, capture_output=True, text=True)
                assert said.returncode in (FAILED, NO_SERVICE) and "may not use this queue" in said.stderr, said
                assert "it is for root alone" in said.stderr
            checked = subprocess.run([*nobody, "check"], cwd="/", env=fleet.environment, capture_output=True, text=True)
            assert checked.returncode == FAILED and "Permission denied" not in checked.stdout, checked
            assert f"FAIL  {fleet.home}/queue.db: nobody may not use this queue: it is for root alone" in checked.stdout
            closed = fleet.home / "closed"
            closed.mkdir(mode=0o700)
            said = subprocess.run([*nobody, "enqueue", "/etc/hostname"], cwd="/", capture_output=True, text=True,
                                  env={**fleet.environment, "TTSQ_DATABASE": str(closed / "queue.db")})
            assert said.returncode == FAILED and "its folder is closed to others" in said.stderr, said
            os.chmod(closed, 0o770)
            group = grp.getgrgid(closed.stat().st_gid).gr_name
            fleet.environment["TTSQ_DATABASE"] = str(closed / "queue.db")
            fleet.enqueue("c", ["a"])
            for words in ("check",), ("status",), ("enqueue", "/etc/hostname"):
                said = subprocess.run([*nobody, *words], cwd="/", env=fleet.environment, capture_output=True, text=True)
                assert f"be a member of the group {group}" in said.stdout + said.stderr, said
                assert "not there yet" not in said.stdout and "not running" not in said.stdout, said


def test_a_key_that_only_the_service_can_read():
    """Who else uses the queue is told what the service has, not what he lacks himself."""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root with setpriv can be somebody else")
    umask = os.umask(0o007)
    try:
        with tempfile.TemporaryDirectory(dir="/tmp") as home, Fleet(home) as fleet:
            tell_of_keys(fleet)
    finally:
        os.umask(umask)


def tell_of_keys(fleet):
    os.chmod(fleet.home, 0o2770)
    here = shutil.copy(program(), fleet.home / "ttsq")  # the build's folder may be closed to others
    member = ("setpriv", f"--reuid={NOBODY}", "--regid=0", "--clear-groups", here)

    def said(*words):
        done = subprocess.run([*member, *words], cwd="/", env=fleet.environment, capture_output=True, text=True)
        return done.stdout + done.stderr

    key, ini = fleet.home / "key", fleet.home / "ttsq.ini"
    ini.write_text(ini.read_text() + f"header = X-Key: ${{secret:TEST_KEY}}\n[secrets]\nTEST_KEY = file:{key}\n")
    texts, = write(fleet, texts="one\n")
    write(fleet, key="k\n")
    key.chmod(0o600)
    assert "FAIL  profile main: secret TEST_KEY" in said("check")
    fleet.start()
    assert "ok    secrets: the running service has what" in said("check")
    added = said("enqueue", "--batch", "b", texts)
    assert "batch b: 1 job" in added and "secret" not in added, added
    fleet.wait("b")
    key.chmod(0o640)
    assert "has mode 0640" in fleet.command("check").stdout  # its own user's eyes come before its word
    fleet.supervisor.send_signal(signal.SIGHUP)
    until("that the service lacks it", lambda: "FAIL  profile main: secret TEST_KEY" in said("check"))
    assert "warning: secret TEST_KEY" in said("enqueue", "--force", "--batch", "c", texts)
    fleet.run("cancel", "c")
    fleet.stop()
