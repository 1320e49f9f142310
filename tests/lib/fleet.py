"""One whole fleet for a test: a configuration, a witness, a supervisor and its real children.

    with Fleet(tmp_path, cap=7, workers=4, latency_ms=20) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(300))
        fleet.wait("b")
        fleet.finish()          # drains, stops the witness, checks every promise that can be checked

What is true is taken from three sources that do not know each other: the witness's ledger (what
arrived at the provider), the database (what ttsq believes), the delivered files (what a person
gets). Every wait is for a condition and has a deadline. Only processes of this fleet are signalled:
each supervisor leads a session, and the test adopts its orphans (subreaper), so that the descendants
of the test in these sessions are exactly what it started.
"""

import collections
import contextlib
import ctypes
import hashlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import time

from say import DEADLINE_S, USUAL_DEADLINE_S, Say, check_books, text_hash, tone_mark

POLL_S = 0.005
LOG_TAIL_BYTES = 6000
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
NO_SERVICE = 5  # exit code
SLOWER = max(1, DEADLINE_S // USUAL_DEADLINE_S)  # how many times, where a sanitizer or valgrind is at work
ENDS = ("done", "failed", "cancelled")
LOG_TIME = re.compile(r"\d{4}-\d\d-\d\dT\S+Z ")
LOG_LINE = re.compile(r"""\S+ [a-z]+ [a-z_]+( [a-z_]+=("([^"\\]|\\.)*"|[^\s"\\=]*))*""")
LONG_TEXT_CHARS = 90  # its tone is larger than row_bytes_max, so the answer becomes a file

_libc = ctypes.CDLL(None)
_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _die_with_the_test():
    """In a supervisor before exec: a test that is killed leaves none; its workers drain by themselves."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def program():
    return os.path.join(os.path.abspath(os.environ["TTSQ_BIN"]), "ttsq")


def _holds(*marks):
    with open(program(), "rb") as file:
        content = file.read()
    return any(mark in content for mark in marks)


def has_fault_points():
    """Whether this build dies where TTSQ_FAULT says."""
    return _holds(b"TTSQ_FAULT_ONCE")


def is_sanitized():
    """Whether a sanitizer is in it, which brings an allocator and a memory layout of its own."""
    return _holds(b"__asan_init", b"__tsan_init")


def traced(environment):
    """That of a program under strace: who looks for leaks traces it, too, and only one can."""
    options = environment.get("ASAN_OPTIONS", "")
    return {**environment, "ASAN_OPTIONS": f"{options}:detect_leaks=0"}


def boot_us():
    """The clock of the witness's ledger."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


def until(what, condition, seconds=DEADLINE_S):
    """Waits until condition() is true and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(POLL_S)


# ---- processes ------------------------------------------------------------------------------------

Process = collections.namedtuple("Process", "pid parent session state words")


def _read_process(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()  # of anybody: any bytes
        words = line.decode(errors="replace").split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, parent, _, session = stat.rpartition(")")[2].split()[:4]
    return Process(int(pid), int(parent), int(session), state, words)


def descendants():
    """Processes below this one, those that have ended and wait for their parent included."""
    known = [_read_process(name) for name in os.listdir("/proc") if name.isdigit()]
    children = collections.defaultdict(list)
    for process in filter(None, known):
        children[process.parent].append(process)
    found, todo = [], [os.getpid()]
    while todo:
        for process in children.pop(todo.pop(), []):
            todo.append(process.pid)
            found.append(process)
    return found


def read_place(path, offset, size):
    """A file whole, or what lies at a place in one that many share."""
    if offset is None:
        return path.read_bytes()
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(size)


def _send(pid, signum):
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        pass


# ---- the ledger -----------------------------------------------------------------------------------


class Books:
    """A whole ledger, asked questions."""

    def __init__(self, events):
        self.events = events
        self.max_in_flight = max((event["in_flight"] for event in events), default=0)
        self.asked = collections.Counter()     # by text_hash: requests that arrived whole
        self.answered = collections.Counter()  # by text_hash: right answers given
        for event in events:
            if event["ev"] in ("accepted", "refused"):
                self.asked[event["text_hash"]] += 1
            elif event["ev"] == "answered":
                self.answered[event["text_hash"]] += 1

    def count(self, name, fault=None):
        return sum(e["ev"] == name and fault in (None, e.get("fault")) for e in self.events)

    def max_in_flight_with_ghosts(self, latency_ms):
        """As a provider counts that does not notice that a client has gone: such a request goes on
        until its answer would have been ready."""
        begun, steps = {}, []
        for event in self.events:
            if event["ev"] == "accepted":
                begun[event["req"]] = event["t_us"]
                steps.append((event["t_us"], 1))
            elif event["ev"] != "refused":
                end = begun[event["req"]] + latency_ms * 1000 if event["ev"] == "gone" else 0
                steps.append((max(end, event["t_us"]), -1))
        running = most = 0
        for _, step in sorted(steps):
            running += step
            most = max(most, running)
        return most

    def share_at(self, cap, jobs):
        """The part of the time with `cap` in flight, while more than that were still to be done."""
        full = total = last = answered = 0
        in_flight = 0
        for event in self.events:
            if last and answered < jobs - cap:
                total += event["t_us"] - last
                full += (event["t_us"] - last) * (in_flight == cap)
            last, in_flight = event["t_us"], event["in_flight"]
            answered += event["ev"] == "answered"
        return full / total if total else 1.0


# ---- the fleet ------------------------------------------------------------------------------------


class Fleet:
    def __init__(self, home, cap=8, workers=4, latency_ms=20, say=(), account=None, profile=None,
                 settings=None, data=None):
        """home: an empty folder. say: more options of the witness. account, profile, settings: keys
        over the defaults below. data: the folder of database and results, when not home."""
        self.home = pathlib.Path(home)
        self.data = pathlib.Path(data or home)
        self.latency_ms = latency_ms
        self.witness = Say("--engine", "tone", "--latency-ms", latency_ms, *say,
                           ledger=str(self.home / "ledger.jsonl"))
        self.settings = {"database": self.data / "queue.db", "results": self.data / "results",
                         "runtime": self.home / "run", "workers": workers, "profile": "main", "space_min": "4M",
                         "drain_ms": 20000, **(settings or {})}
        self.account = {"concurrency": cap, "linger_ms": 1000, **(account or {})}
        self.account["linger_ms"] *= SLOWER  # a slow witness notices late
        self.profile = {"account": "main", "inherit": "openai-compat", "model": "tts-1",
                        "voice": "alloy", "format": "wav", "timeout.total_ms": 20000,
                        "retry.max": 20, "retry.base_ms": 20, "retry.cap_ms": 100,
                        "retry.uncertain_max": 20, "audio.min_ms_per_char": 8, **(profile or {})}
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("TTSQ_", "XDG_"))}
        self.environment.update(TTSQ_CONFIG=str(self.home / "ttsq.ini"), HOME=str(self.home),
                                NO_COLOR="1")
        self.supervisor = None
        self.sessions = set()  # one of each supervisor
        self.log_path = self.home / "log"
        self.fault_once = self.home / "fault"
        self.checked = {}  # batch → texts

    # -- life

    def __enter__(self):
        self.witness.start()
        self.write_config()
        return self

    def __exit__(self, kind, value, traceback):
        if kind is not None:
            self.print_state()
        left = self._end_all()
        self.witness.close()
        assert kind is not None or not left, f"still running after the test: {left}"

    def _end_all(self):
        """Ends what is left of the fleet; what should not have been left is returned."""
        mine = self.processes()
        for process in mine:
            _send(process.pid, signal.SIGKILL)
        if self.supervisor and self.supervisor.returncode is None:
            self.supervisor.wait(DEADLINE_S)
        until("the end of every process", lambda: not self.processes())
        return [" ".join(process.words) for process in mine]

    def write_config(self, text=None):
        sections = {"ttsq": self.settings, "account:main": self.account,
                    "profile:main": {"base_url": self.witness.url, **self.profile}}
        lines = []
        for name, keys in sections.items():
            lines.append(f"[{name}]")
            lines += [f"{key} = {value}" for key, value in keys.items()]
        fresh = self.home / "ttsq.ini.new"
        fresh.write_text(text if text is not None else "\n".join(lines) + "\n")
        fresh.rename(self.home / "ttsq.ini")

    def start(self, fault=None, **environment):
        """Starts a supervisor and waits until its workers are there. fault: POINT:ACTION:N, for
        the first process that comes there."""
        environment = {**self.environment, **environment}
        if fault:
            self.fault_once.touch()
            environment.update(TTSQ_FAULT=fault, TTSQ_FAULT_ONCE=str(self.fault_once))
        with open(self.log_path, "ab") as log:
            self.supervisor = subprocess.Popen([program(), "supervise"], cwd=self.home, stderr=log,
                                               stdout=log, env=environment,
                                               start_new_session=True,
                                               preexec_fn=_die_with_the_test)
        self.sessions.add(self.supervisor.pid)
        if not fault:
            until("workers that are ready", self.is_ready)
        return self

    def is_ready(self):
        assert self.supervisor.poll() is None, "the supervisor ended"
        answer = self.command("status", "--json")
        assert answer.returncode in (0, NO_SERVICE), answer
        if answer.returncode == NO_SERVICE:  # the keeper is still making the database
            return False
        document = json.loads(answer.stdout)
        mine = {process.pid for process in self.processes()}
        kinds = [worker["kind"] for worker in document["workers"]
                 if int(worker["pid"]) in mine and worker["state"] == "running"]
        return kinds.count("call") >= self.settings["workers"] and "keeper" in kinds

    def terminate(self):
        self.supervisor.send_signal(signal.SIGTERM)

    def reload(self):
        self.write_config()
        self.supervisor.send_signal(signal.SIGHUP)

    def wait_end(self, seconds=DEADLINE_S):
        """Waits for the supervisor's end and that of all its children; returns its exit code."""
        code = self.supervisor.wait(seconds)
        until("the end of every child", lambda: not self.processes(), seconds)
        return code

    def stop(self):
        self.terminate()
        assert self.wait_end() == 0

    def kill_supervisor(self):
        self.supervisor.kill()
        self.supervisor.wait(DEADLINE_S)

    def kill_all(self):
        """Everything but the witness, at once: nobody sees another's death and ends in order."""
        mine = self.processes()
        for signum in (signal.SIGSTOP, signal.SIGKILL):
            for process in mine:
                _send(process.pid, signum)
        self.wait_end()

    # -- processes

    def processes(self):
        """All living ones of the fleet but the witness."""
        found = []
        for process in descendants():
            if process.session not in self.sessions:
                continue
            if process.state != "Z":
                found.append(process)
            elif process.parent == os.getpid() and process.pid not in self.sessions:
                os.waitpid(process.pid, 0)  # an orphan, ours by adoption
        return found

    def pids(self, kind):
        """Processes of the children of that kind: call or keeper."""
        return [p.pid for p in self.processes() if p.words[1:3] == ["worker", kind]]

    def kill(self, pid, signum=signal.SIGKILL):
        """Nobody else's process; one that has ended since it was chosen needs no signal."""
        if pid in [p.pid for p in self.processes()]:
            _send(pid, signum)

    def is_alive(self, pid):
        return pid in [p.pid for p in self.processes()]

    # -- commands

    def run(self, *words, code=0, seconds=DEADLINE_S):
        """A command's stdout; its exit code must be `code` (None: any)."""
        done = self.command(*words, seconds=seconds)
        assert code is None or done.returncode == code, \
            f"ttsq {words}: exit {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def command(self, *words, seconds=DEADLINE_S, **environment):
        return subprocess.run([program(), *map(str, words)], cwd=self.home, capture_output=True,
                              env={**self.environment, **environment}, text=True, timeout=seconds)

    def status(self):
        return json.loads(self.run("status", "--json"))

    def batch(self, name):
        return next(b for b in self.status()["batches"] if b["name"] == name)

    def texts(self, count, chars=20, tag="text"):
        """Texts that no other call of the same tag gives."""
        return [f"{tag} {i:05d} ".ljust(chars, "x") for i in range(1, count + 1)]

    def enqueue(self, batch, texts, *options, code=0, fault=None):
        """A text a job; returns the exit code. With a fault (POINT:ACTION:N) it may be any."""
        path = self.home / f"{batch}.txt"
        path.write_text("".join(text + "\n" for text in texts))
        environment = {"TTSQ_FAULT": fault} if fault else {}
        done = self.command("enqueue", path, "--batch", batch, "--split", "line", *options,
                            **environment)
        assert fault or done.returncode == code, f"enqueue: exit {done.returncode}\n{done.stderr}"
        self.checked[batch] = list(texts)
        return done.returncode

    def wait(self, batch, seconds=3 * DEADLINE_S, code=0):
        self.run("wait", batch, seconds=seconds, code=code)

    def list(self, batch):
        """The jobs of `ttsq list --json`."""
        text = self.run("list", batch, "--json")
        document = json.loads(text)
        return document["jobs"] if isinstance(document, dict) else document

    def get(self, batch):
        """Delivers the batch, checks each file against its text, and returns the manifest."""
        folder = self.home / f"out-{batch}"
        self.run("get", batch, "-o", folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        texts = self.checked[batch]
        assert [job["text"] for job in manifest["jobs"]] == texts
        assert [job["seq"] for job in manifest["jobs"]] == list(range(1, len(texts) + 1))
        for job in manifest["jobs"]:
            content = (folder / job["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == job["sha256"], job
            assert len(content) == job["bytes"], job
            assert tone_mark(content) == text_hash(job["text"]), f"another text's answer: {job}"
        return manifest

    # -- what ttsq believes

    def query(self, sql, *values):
        """Rows of a read-only look at the database."""
        connection = sqlite3.connect(f"file:{self.data}/queue.db?mode=ro", uri=True, timeout=20)
        try:
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def change(self, sql):
        """Makes true in the database what only time would bring."""
        connection = sqlite3.connect(f"{self.data}/queue.db", timeout=20)
        try:
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            with connection:
                connection.execute(sql)
        finally:
            connection.close()

    def value(self, sql, *values):
        return self.query(sql, *values)[0][0]

    def states(self):
        return dict(self.query("SELECT state, count(*) FROM job GROUP BY state"))

    def outcomes(self):
        """How many attempts have which outcome."""
        return collections.Counter(dict(self.query(
            "SELECT outcome, count(*) FROM attempt GROUP BY outcome")))

    def calls(self):
        """The same without those that were given back before they began; they cost nothing."""
        counted = self.outcomes()
        del counted["unsent"]
        return counted

    def in_flight(self):
        return self.witness.stats()["in_flight"]

    def wait_in_flight(self, count):
        self.witness.wait_stats(lambda stats: stats["in_flight"] >= count)

    def books(self):
        return Books(self.witness.ledger())

    # -- what must be true at the end

    def finish(self, cap=None, states=("done",), stop=True):
        """Drains the fleet, stops the witness and checks the invariants; returns the books. states:
        the end states that jobs may have. Every batch whose jobs are all done is delivered."""
        if stop:
            self.stop()
        self.witness.stop()
        events = self.witness.ledger()
        assert not check_books(events)
        books = Books(events)
        cap = cap or self.account["concurrency"]
        self._check_states(states)
        self._check_attempts(books)
        self._check_cap(books, cap)
        self.run("check", "--deep")
        self.check_log()
        for batch, texts in self.checked.items():
            if self.batch(batch)["done"] == len(texts):
                self.get(batch)
        return books

    def _check_states(self, states):
        counted = self.states()
        assert set(counted) <= set(states), counted
        assert sum(counted.values()) == sum(map(len, self.checked.values()))
        for row in self.status()["batches"]:
            assert row["total"] == sum(row[state] for state in (*ENDS, "held")), row
        rows = self.query("SELECT t.text, r.bytes, r.sha256, r.path, r.offset, r.body FROM job j"
                          " JOIN job_text t ON t.job_id = j.id"
                          " LEFT JOIN result r ON r.id = j.result_id WHERE j.state = 'done'")
        for text, size, sha256, path, offset, body in rows:
            assert size is not None, f"done without a result: {text}"
            assert offset is None or path.startswith("segments/")
            content = read_place(self.settings["results"] / path, offset, size) if path else body
            assert len(content) == size and hashlib.sha256(content).digest() == sha256, text
            assert tone_mark(content) == text_hash(text), f"another text's answer: {text}"

    def _check_attempts(self, books):
        """Each request that arrived is an attempt on record, and only the recorded reasons repeat
        one (P4)."""
        attempts = collections.defaultdict(collections.Counter)
        for text, outcome, count in self.query(
                "SELECT t.text, a.outcome, count(*) FROM attempt a JOIN job_text t"
                " ON t.job_id = a.job_id GROUP BY a.job_id, a.outcome"):
            attempts[text_hash(text)][outcome] += count
        for key, asked in books.asked.items():
            known = attempts[key]
            assert known["sending"] == 0, (key, known)
            assert asked <= sum(known.values()) - known["unsent"], (key, asked, known)
            assert asked - 1 <= known["uncertain"] + known["refused"] + known["failed"], (key, known)
            assert books.answered[key] - 1 <= known["uncertain"], (key, known)
        for key, known in attempts.items():
            assert known["answered"] <= 1, (key, known)
            unseen = known["uncertain"] + known["refused"]  # died before the first byte; no server
            assert books.asked[key] >= known["answered"] + known["failed"], (key, known)
            assert books.asked[key] + unseen >= sum(known.values()) - known["unsent"], (key, known)

    def _check_cap(self, books, cap):
        assert books.max_in_flight <= cap, f"{books.max_in_flight} calls in flight over {cap}"
        ghosts = books.max_in_flight_with_ghosts(self.latency_ms)
        assert ghosts <= cap, f"{ghosts} calls with abandoned ones over {cap}"

    # -- when a test has failed

    @contextlib.contextmanager
    def explained(self):
        """For tests that share a fleet: on failure its state is printed."""
        try:
            yield
        except BaseException:
            self.print_state()
            raise

    def log(self):
        return self.log_path.read_text(errors="replace")

    def check_log(self):
        """Each line of ours is `time role event key=value …`, whatever the values hold."""
        for line in self.log().splitlines():
            assert not LOG_TIME.match(line) or LOG_LINE.fullmatch(line), line

    def print_state(self):
        print("-- processes:", [(p.pid, p.state, *p.words[1:]) for p in self.processes()])
        for name, sql in (("jobs", "SELECT state, count(*), max(why) FROM job GROUP BY state"),
                          ("attempts", "SELECT outcome, error, count(*) FROM attempt GROUP BY 1, 2"),
                          ("accounts", "SELECT * FROM account WHERE name = 'main'"),
                          ("leases", "SELECT * FROM lease")):
            try:
                print(f"-- {name}:", *self.query(sql), sep="\n   ")
            except sqlite3.Error as error:
                print(f"-- {name}: {error}")
        if self.log_path.exists():
            print("-- end of the log:")
            print(self.log_path.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace"))
