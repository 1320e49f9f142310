"""What happens on the machine of test_deb.py. Says what it has seen; any failed assert fails the test."""

import collections
import grp
import http.server
import io
import json
import os
import pathlib
import pwd
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.request
import wave

DEADLINE_S = 60
JOBS, LATENCY_MS, CAP = 1000, 400, 4  # far longer than an upgrade takes; then the endpoint is made fast
LEDGER = pathlib.Path("/run/ledger.jsonl")
LOG = pathlib.Path("/run/service.log")
DATABASE = pathlib.Path("/var/lib/ttsq/queue.db")
KEY, KEY_FILE = "a-key-that-only-root-can-read", pathlib.Path("/etc/play.key")

os.environ.update(PATH="/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", HOME="/root",
                  DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
for name in [name for name in os.environ if name.startswith(("TTSQ_", "XDG_"))]:
    del os.environ[name]


def run(*command, code=0, **options):
    """code: the exit code that it must have; None = any."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, **options)
    assert code is None or done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def member(*command, code=0):
    """As somebody else of the group."""
    return run("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups", str(grp.getgrnam("ttsq").gr_gid),
               *command, code=code, cwd="/tmp", env={**os.environ, "HOME": "/tmp"}).stdout


def service():
    """What systemd knows of it."""
    shown = run("systemctl", "show", "ttsq.service", "-p", "ActiveState,UnitFileState,MainPID,NRestarts,Result")
    return dict(line.split("=", 1) for line in shown.stdout.splitlines())


def done_jobs():
    (batch,) = [row for row in json.loads(member("ttsq", "status", "--json"))["batches"] if row["name"] == "b"]
    return batch["done"]


def until(what, condition):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what}\n" + LOG.read_text()
        time.sleep(0.01)


def install(package):
    said = run("dpkg", "-i", f"/mnt/{package}.deb")
    assert run("dpkg-query", "-W", "-f", "${Status} ${Version}", "ttsq").stdout == f"install ok installed {package}"
    return said.stdout + said.stderr


def prepare():
    """Of this machine: no ttsq, no policy that keeps services from being told."""
    pathlib.Path("/usr/sbin/policy-rc.d").unlink(missing_ok=True)
    pathlib.Path("/var/lib/man-db/auto-update").unlink(missing_ok=True)  # its index of all pages takes seconds
    pathlib.Path("/tmp").chmod(0o1777)
    for folder in ("/etc/ttsq", "/var/lib/ttsq"):
        run("rm", "-rf", folder)


def first_install():
    install("0.1")
    owner = DATABASE.parent.stat()
    assert oct(owner.st_mode & 0o7777) == "0o2770" and owner.st_uid == pwd.getpwnam("ttsq").pw_uid
    known = service()
    assert (known["ActiveState"], known["UnitFileState"]) == ("inactive", "disabled"), known
    for page in ("man1/ttsq.1", "man5/ttsq.ini.5", "man5/ttsq-profile.5", "man7/ttsq-sql.7", "man8/ttsq-supervise.8"):
        assert f"/usr/share/man/{page}.gz" in run("dpkg", "-L", "ttsq").stdout, page
    print("installed")


class Keyed(http.server.BaseHTTPRequestHandler):
    """A provider that answers with sound to who has its key."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        has_key = self.headers["Authorization"] == f"Bearer {KEY}"
        sound = io.BytesIO()
        with wave.open(sound, "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"\x00\x10\x00\xf0" * 8000)
        body = sound.getvalue() if has_key else b"{}"
        self.send_response(200 if has_key else 401)
        self.send_header("Content-Type", "audio/wav" if has_key else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start_keyed():
    """Its profile, and the key where only systemd can give it to the service."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keyed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    KEY_FILE.touch(mode=0o600)
    KEY_FILE.write_text(KEY)
    unit = pathlib.Path("/etc/systemd/system/ttsq.service.d")
    (unit / "key.conf").write_text(f"[Service]\nLoadCredential=PLAY_KEY:{KEY_FILE}\n")
    return ("[profile:keyed]\naccount = keyed\ninherit = openai-compat\nmodel = m\nvoice = v\nformat = wav\n"
            f"base_url = http://127.0.0.1:{server.server_port}/v1\n"
            "header = Authorization: Bearer ${secret:PLAY_KEY}\n")


def start_service():
    unit = pathlib.Path("/etc/systemd/system/ttsq.service.d")
    (unit / "log.conf").write_text(f"[Service]\nStandardOutput=append:{LOG}\nStandardError=append:{LOG}\n")
    folder = pathlib.Path("/etc/ttsq/conf.d")
    folder.mkdir()
    (folder / "test.ini").write_text(
        f"[ttsq]\nprofile = main\nworkers = 2\n[account:main]\nconcurrency = {CAP}\n" + start_keyed())
    with open("/etc/ttsq/ttsq.ini", "a", encoding="utf-8") as file:
        file.write("# a person's word\n")
    run("systemctl", "daemon-reload")
    subprocess.Popen(["ttsq-say", "--engine", "tone", "--listen", "127.0.0.1:8880", "--latency-ms", str(LATENCY_MS),
                      "--cap", str(CAP), "--ledger", LEDGER, "--port-file", "/run/say.port", "--control"],
                     stderr=subprocess.DEVNULL)
    until("the endpoint", pathlib.Path("/run/say.port").exists)
    if run("systemctl", "start", "ttsq.service", code=None).returncode != 0:
        ended = run("systemctl", "show", "ttsq.service", "-p", "ExecMainStatus,Result").stdout
        raise AssertionError("it does not start: " + ended + (LOG.read_text() if LOG.exists() else ""))
    assert member("ttsq", "status").startswith("supervisor: running\n"), "it was ready before it was"


def a_key_by_credential():
    """It is used by a call, and stands in no process's environment and in nothing that is kept."""
    text = pathlib.Path("/tmp/keyed.txt")
    text.write_text("Said to who has the key.\n")
    member("ttsq", "enqueue", "--profile", "keyed", text)
    member("ttsq", "wait", "--no-wait-paused", "keyed")
    seen = b"".join(path.read_bytes() for path in [LOG, *DATABASE.parent.rglob("*")] if path.is_file())
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        if (process / "comm").read_text() == "ttsq\n":
            seen += (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
    assert b"CREDENTIALS_DIRECTORY=" in seen and KEY.encode() not in seen
    print("a key that only systemd could give was used")


def enqueue():
    texts = pathlib.Path("/tmp/b.txt")
    texts.write_text("".join(f"This is text number {i}.\n" for i in range(JOBS)))
    member("ttsq", "enqueue", "/tmp/b.txt")
    until("the first answers", lambda: done_jobs() > 0)


def killed_and_back():
    """Its workers finish the calls that are paid for, beside those of the next one."""
    before, done = service(), done_jobs()
    began = time.monotonic()
    os.kill(int(before["MainPID"]), signal.SIGKILL)
    until("another supervisor", lambda: service()["NRestarts"] == "1" and service()["ActiveState"] == "active")
    took_s = time.monotonic() - began
    until("more answers", lambda: done_jobs() > done + 2 * CAP)
    print(f"killed, and ready again after {took_s:.1f} s")


def upgrade_while_a_batch_runs():
    before = service()
    began = time.monotonic()
    said = install("0.1+1")
    took_s = time.monotonic() - began
    after, known = done_jobs(), service()
    assert after < JOBS, "the batch was over too soon to show anything"
    assert known["ActiveState"] == "active" and known["Result"] == "success", known
    assert known["MainPID"] != before["MainPID"] and known["NRestarts"] == "0", "the new program does not run"
    assert "a person's word" in pathlib.Path("/etc/ttsq/ttsq.ini").read_text(), said
    request = urllib.request.Request("http://127.0.0.1:8880/control", b'{"latency_ms": 1}')
    urllib.request.urlopen(request, timeout=DEADLINE_S).close()
    member("ttsq", "wait", "b")
    print(f"upgraded in {took_s:.1f} s with {after} of {JOBS} jobs done")


def nothing_is_lost():
    member("ttsq", "get", "b", "-o", "/tmp/out")
    assert len(list(pathlib.Path("/tmp/out").glob("*.wav"))) == JOBS
    member("ttsq", "check", "--deep")
    events = [json.loads(line) for line in LEDGER.read_text().splitlines()]
    calls = collections.Counter(event["text_hash"] for event in events if event["ev"] == "accepted")
    assert len(calls) == JOBS and set(calls.values()) == {1}, "a text was paid for twice"
    assert max(event["in_flight"] for event in events) <= CAP
    print("nothing was lost, and nothing was paid for twice")


def remove_and_purge():
    run("dpkg", "-r", "ttsq")
    assert service()["ActiveState"] == "inactive", service()
    assert not pathlib.Path("/usr/bin/ttsq").exists() and pathlib.Path("/etc/ttsq/ttsq.ini").exists()
    said = run("dpkg", "--purge", "ttsq").stderr
    assert "stay in /var/lib/ttsq" in said
    assert not pathlib.Path("/etc/ttsq/ttsq.ini").exists() and not pathlib.Path("/run/ttsq").exists()
    assert pathlib.Path("/etc/ttsq/conf.d/test.ini").exists(), "that was a person's"
    with sqlite3.connect(DATABASE) as db:
        assert db.execute("SELECT count(*) FROM job WHERE state = 'done'").fetchone() == (JOBS + 1,)
    print("purged; the queue is there")


def purge_of_an_unused_one_leaves_nothing():
    run("rm", "-rf", "/var/lib/ttsq", "/etc/ttsq/conf.d")
    install("0.1")
    run("dpkg", "--purge", "ttsq")
    assert not pathlib.Path("/var/lib/ttsq").exists() and not pathlib.Path("/etc/ttsq").exists()


prepare()
first_install()
start_service()
a_key_by_credential()
enqueue()
killed_and_back()
upgrade_while_a_batch_runs()
nothing_is_lost()
remove_and_purge()
purge_of_an_unused_one_leaves_nothing()
