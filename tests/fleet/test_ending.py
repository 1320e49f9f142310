"""When a batch ends: its program is run and its webhook called, once for each end, whoever dies."""

import base64
import hashlib
import hmac
import http.server
import json
import shutil
import sqlite3
import stat
import threading
import time

import pytest

from fleet import Fleet, until

SECRET = b"a key of thirty-two bytes or so."
FAST = {"ending.retry_ms": 50, "notify.allow": "127.0.0.1"}


class Receiver:
    """A server for webhooks that keeps what it is sent and answers as `answers` says, one after the
    other, the last for ever: a status, or a function of the request handler."""

    def __init__(self, *answers):
        self.answers, self.calls = list(answers) or [200], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.calls.append((self.path, dict(self.headers.items()), body))
                at = min(len(receiver.calls), len(receiver.answers)) - 1
                answer = receiver.answers[at]
                if callable(answer):
                    answer(self)
                else:
                    self.send_response(answer)
                    self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.server.server_close()


def script(path, text):
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def write(fleet, sql, *values):
    """As another program would."""
    connection = sqlite3.connect(f"{fleet.data}/queue.db", timeout=20)
    try:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        with connection:
            connection.execute(sql, values)
    finally:
        connection.close()


def endings(fleet, batch, kind):
    document = json.loads(fleet.run("status", batch, "--json"))
    return [row for row in document["endings"] if row["kind"] == kind]


def ended(fleet, batch, kind, state, count=1):
    """The rows, when all `count` of them are in this state."""
    def look():
        rows = endings(fleet, batch, kind)
        return rows if [row["state"] for row in rows] == [state] * count else None
    return until(f"{count} {kind} {state}", look)


def verified(headers, body):
    """The message, after its signature is found right as Standard Webhooks says."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(SECRET, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == "v1," + mac
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300
    return json.loads(body)


def secret_file(path):
    path.write_text("whsec_" + base64.b64encode(SECRET).decode() + "\n")
    path.chmod(0o600)
    return path


def test_program_and_webhook_are_told_once_for_each_end(tmp_path):
    key = secret_file(tmp_path / "hook.key")
    with Receiver() as receiver, Fleet(tmp_path, settings={
            **FAST, "notify.secret": "HOOK"}) as fleet:
        (fleet.home / "ttsq.ini").open("a").write(f"[secrets]\nHOOK = file:{key}\n")
        tell = script(tmp_path / "tell", f'env >> "{tmp_path}/told"; echo "--" >> "{tmp_path}/told"\n')
        fleet.start(HIDDEN_KEY="not for programs")
        fleet.enqueue("b", fleet.texts(12), "--on-done", f"{tell} 'a b'", "--notify",
                      receiver.url + "/hook")
        fleet.wait("b")
        row, = ended(fleet, "b", "command", "done")
        assert row["target"] == f'{tell} "a b"' and row["code"] == 0 and row["tries"] == 1
        row, = ended(fleet, "b", "webhook", "done")
        assert row["code"] == 200
        told = (tmp_path / "told").read_text()
        for line in ("TTSQ_BATCH=b", "TTSQ_TOTAL=12", "TTSQ_DONE=12", "TTSQ_FAILED=0", "TTSQ_HELD=0",
                     "TTSQ_END=1", "TTSQ_TRY=1", f"TTSQ_DATABASE={fleet.home}/queue.db"):
            assert f"\n{line}\n" in "\n" + told, line
        assert "HIDDEN_KEY" not in told
        (path, headers, body), = receiver.calls
        message = verified(headers, body)
        assert path == "/hook" and message["type"] == "batch.ended"
        assert message["data"]["batch"] == "b" and message["data"]["done"] == 12
        assert "ended: " in fleet.run("status", "b")
        # more jobs are another end, told under another name
        write(fleet, "INSERT INTO enqueue(batch, text) VALUES ('b', 'one more text')")
        ended(fleet, "b", "webhook", "done", 2)
        ended(fleet, "b", "command", "done", 2)
        assert (tmp_path / "told").read_text().count("--\n") == 2
        assert len({headers["webhook-id"] for _, headers, _ in receiver.calls}) == 2
        fleet.stop()


def test_a_program_that_fails_hangs_floods_or_dies(tmp_path):
    with Fleet(tmp_path, settings={**FAST, "on_done.tries": 3,
                                         "on_done.timeout_ms": 700}) as fleet:
        fails = script(tmp_path / "fails", "echo try $TTSQ_TRY; echo 'no way' >&2; exit 7\n")
        hangs = script(tmp_path / "hangs", "sleep 60 & wait\n")
        floods = script(tmp_path / "floods", "yes 'so much to say' | head -c 5000000\n")
        dies = script(tmp_path / "dies", "kill -9 $$\n")
        second = script(tmp_path / "second", '[ "$TTSQ_TRY" = 2 ]\n')
        fleet.start()
        for name in ("fails", "hangs", "floods", "dies", "second"):
            fleet.enqueue(name, fleet.texts(2, tag=name), "--on-done", tmp_path / name)
        row, = ended(fleet, "fails", "command", "failed")
        assert row["code"] == 7 and row["tries"] == 3 and "no way" in row["why"]
        row, = ended(fleet, "hangs", "command", "failed")
        assert row["tries"] == 3 and "took longer" in row["why"]
        row, = ended(fleet, "floods", "command", "done")
        row, = ended(fleet, "dies", "command", "failed")
        assert row["code"] is None and "signal 9" in row["why"]
        row, = ended(fleet, "second", "command", "done")
        assert row["tries"] == 2
        log = fleet.log()
        assert log.count("so much to say") == 20 and "and_more=1" in log
        assert "given up" in fleet.run("status", "fails")
        why = fleet.run("why", "fails")
        assert why.startswith("all of its jobs are done\n"), why
        assert f"its end was not told: program {tmp_path}/fails was given up after 3 tries: " in why
        assert "do: mend what it names, then `ttsq retry fails --ending`\n" in why
        assert "not told" not in fleet.run("why", "second")  # the second try went well
        fleet.stop()


def hang(handler):
    time.sleep(3)


def redirect(handler):
    handler.send_response(307)
    handler.send_header("Location", "/elsewhere")
    handler.end_headers()


def test_a_webhook_that_fails_hangs_or_redirects(tmp_path):
    with Receiver(500, hang, 200) as slow, Receiver(redirect) as other, Receiver(410) as gone, \
            Fleet(tmp_path, settings={**FAST, "notify.timeout_ms": 500,
                                            "notify.tries": 4}) as fleet:
        fleet.start()
        fleet.enqueue("slow", fleet.texts(2, tag="slow"), "--notify", slow.url)
        fleet.enqueue("other", fleet.texts(2, tag="other"), "--notify", other.url)
        fleet.enqueue("gone", fleet.texts(2, tag="gone"), "--notify", gone.url)
        fleet.enqueue("nobody", fleet.texts(2, tag="nobody"), "--notify", "http://127.0.0.1:9/")
        row, = ended(fleet, "slow", "webhook", "done")
        assert row["tries"] == 3 and row["code"] == 200
        assert len({headers["webhook-id"] for _, headers, _ in slow.calls}) == 1
        assert "webhook-signature" not in slow.calls[0][1]
        row, = ended(fleet, "other", "webhook", "failed")
        assert "redirects are not followed" in row["why"]
        assert {path for path, _, _ in other.calls} == {"/"} and len(other.calls) == 4
        row, = ended(fleet, "gone", "webhook", "failed")
        assert row["tries"] == 1 and len(gone.calls) == 1
        row, = ended(fleet, "nobody", "webhook", "failed")
        assert row["tries"] == 4 and row["code"] is None
        assert "webhook http://127.0.0.1:9/ was given up after 4 tries" in fleet.run("why", "nobody")
        fleet.stop()


def test_what_was_given_up_is_done_again_when_a_person_says_so(tmp_path):
    with Receiver(410) as gone, Fleet(tmp_path, settings=FAST) as fleet:
        fleet.start()
        fleet.enqueue("gone", fleet.texts(2), "--notify", gone.url)
        ended(fleet, "gone", "webhook", "failed")
        assert "`ttsq retry gone --ending`" in fleet.run("why", "gone")
        fleet.run("retry", "gone", "--ending", "--failed", code=2)
        fleet.run("retry", "gone", "--ending", "--job", 1, code=2)
        assert "would be done again" in fleet.run("retry", "gone", "--ending", "--dry-run")
        assert len(gone.calls) == 1
        gone.answers[:] = [200]
        done = fleet.command("retry", "gone", "--ending")
        assert done.stdout == "1 thing that the end of gone set off is done again\n", done
        row, = ended(fleet, "gone", "webhook", "done")
        assert row["tries"] == 1 and row["end"] == 1 and row["why"] is None
        assert len({headers["webhook-id"] for _, headers, _ in gone.calls}) == 1 and len(gone.calls) == 2
        none = fleet.command("retry", "gone", "--ending")
        assert none.returncode == 4 and "`ttsq status gone`" in none.stderr
        assert "retry: of what its end set off: 1" in fleet.run("log", "--batch", "gone")
        fleet.stop()


def test_a_hanging_webhook_keeps_nobody_from_the_queue(tmp_path):
    release = threading.Event()
    with Receiver(lambda handler: release.wait(60)) as receiver, \
            Fleet(tmp_path, settings={**FAST, "notify.timeout_ms": 60000}) as fleet:
        fleet.start()
        fleet.enqueue("a", fleet.texts(2, tag="a"), "--notify", receiver.url)
        until("the call", lambda: receiver.calls)
        fleet.enqueue("b", fleet.texts(20, tag="b"))
        fleet.wait("b")
        assert endings(fleet, "a", "webhook")[0]["state"] == "running"
        release.set()
        fleet.stop()


@pytest.mark.parametrize("who", ["notify", "all"])
def test_what_a_killed_process_had_begun_is_done_again(tmp_path, who):
    release = threading.Event()
    with Receiver(lambda handler: release.wait(60), 200) as receiver, \
            Fleet(tmp_path, settings={**FAST, "notify.timeout_ms": 60000}) as fleet:
        slow = script(tmp_path / "slow", f'echo "$TTSQ_TRY $$" >> "{tmp_path}/tries"\n'
                                         '[ "$TTSQ_TRY" = 2 ] || exec sleep 60\n')
        fleet.start()
        fleet.enqueue("b", fleet.texts(4), "--on-done", slow, "--notify", receiver.url)
        until("both begun", lambda: receiver.calls and (tmp_path / "tries").exists()
              and (tmp_path / "tries").read_text().endswith("\n"))
        first = int((tmp_path / "tries").read_text().split()[1])
        if who == "notify":
            pid, = fleet.pids("notify")
            fleet.kill(pid)
        else:
            fleet.kill_all()
            fleet.start()
        row, = ended(fleet, "b", "command", "done")
        assert row["tries"] == 2
        row, = ended(fleet, "b", "webhook", "done")
        assert row["tries"] == 2 and len(receiver.calls) == 2
        assert receiver.calls[0][1]["webhook-id"] == receiver.calls[1][1]["webhook-id"]
        assert [line.split()[0] for line in (tmp_path / "tries").read_text().splitlines()] == ["1", "2"]
        assert not fleet.is_alive(first), "a program outlives the process that repeats it"
        release.set()
        fleet.stop()


def test_held_jobs_are_an_end_of_another_kind(tmp_path):
    with Receiver() as receiver, Fleet(tmp_path, settings=FAST, latency_ms=3000) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(20), "--notify", receiver.url)
        fleet.wait_in_flight(8)
        fleet.run("hold", "b")
        until("the first end", lambda: receiver.calls)
        message = json.loads(receiver.calls[0][2])
        assert message["type"] == "batch.held" and message["data"]["held"] > 0
        fleet.witness.control(latency_ms=5)
        fleet.run("release", "b")
        fleet.wait("b")
        until("the second", lambda: len(receiver.calls) == 2)
        assert json.loads(receiver.calls[1][2])["type"] == "batch.ended"
        fleet.stop()


def test_the_configuration_speaks_for_batches_that_name_nothing(tmp_path):
    tell = script(tmp_path / "tell", f'echo "$TTSQ_BATCH" >> "{tmp_path}/told"\n')
    with Fleet(tmp_path, settings={**FAST, "on_done": tell}) as fleet:
        fleet.start()
        fleet.enqueue("quiet", fleet.texts(2, tag="q"), "--on-done", "")
        write(fleet, "INSERT INTO enqueue(batch, text) VALUES ('sql', 'a text from elsewhere')")
        fleet.wait("quiet")
        fleet.wait("sql")
        ended(fleet, "sql", "command", "done")
        assert endings(fleet, "quiet", "command") == []
        assert (tmp_path / "told").read_text() == "sql\n"
        fleet.stop()


def test_nobody_else_names_programs_for_the_service(tmp_path):
    tell = script(tmp_path / "tell", f'touch "{tmp_path}/told"\n')
    with Fleet(tmp_path, settings=FAST) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(2))
        fleet.wait("b")
        database = fleet.home / "queue.db"
        database.chmod(stat.S_IMODE(database.stat().st_mode) | stat.S_IWOTH)
        (fleet.home / "t.txt").write_text("one more text\n")
        done = fleet.command("enqueue", fleet.home / "t.txt", "--on-done", tell)
        assert done.returncode == 78 and "on_done.allow" in done.stderr, done.stderr
        # who writes past the program gets no further
        write(fleet, "UPDATE batch SET on_done = ?", f"{tell}")
        write(fleet, "INSERT INTO enqueue(batch, text) VALUES ('b', 'a text from elsewhere')")
        row, = ended(fleet, "b", "command", "failed")
        assert "on_done.allow" in row["why"] and not (tmp_path / "told").exists()
        fleet.settings["on_done.allow"] = tell
        fleet.write_config()
        fleet.reload()
        write(fleet, "INSERT INTO enqueue(batch, text) VALUES ('b', 'another text from elsewhere')")
        until("the program", (tmp_path / "told").exists)
        fleet.stop()


@pytest.mark.parametrize("words, code, message", [
    (("--on-done", "/no/such/program"), 2, "there is no program"),
    (("--on-done", "ls 'a"), 2, "not closed"),
    (("--notify", "http://example.org/"), 2, "not https"),
    (("--notify", "https://10.0.0.1/"), 2, "no public address"),
    (("--notify", "https://169.254.169.254/latest"), 2, "no public address"),
    (("--notify", "ftp://example.org/"), 2, "https://"),
    (("--notify", "https://user:key@example.org/"), 2, "not a URL"),
])
def test_what_would_be_refused_at_the_end_is_refused_at_once(tmp_path, words, code, message):
    with Fleet(tmp_path) as fleet:
        (fleet.home / "t.txt").write_text("a text\n")
        done = fleet.command("enqueue", fleet.home / "t.txt", *words)
        assert done.returncode == code and message in done.stderr, done.stderr
        assert done.stderr.count("\n") == 1


def test_run_ends_after_what_its_batch_sets_off(tmp_path):
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not there")
    tell = script(tmp_path / "tell", f'sleep 1; echo "$TTSQ_DONE" > "{tmp_path}/told"\n')
    with Fleet(tmp_path, settings=FAST) as fleet:
        (fleet.home / "t.txt").write_text("one text\nand another\n")
        fleet.run("run", fleet.home / "t.txt", "--on-done", tell, seconds=60)
        assert (tmp_path / "told").read_text() == "2\n"


def test_a_webhook_of_the_outside_that_leads_inside(tmp_path):
    """A name that leads to this machine is refused when its address is known."""
    with Fleet(tmp_path, settings={"notify.tries": 1}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(2), "--notify", "https://localhost/")
        row, = ended(fleet, "b", "webhook", "failed")
        assert "not public" in row["why"]
        fleet.stop()
