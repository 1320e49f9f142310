"""Starts, asks and stops ttsq-say, the speech endpoint that keeps the books of a test.

    with Say("--engine", "tone", "--cap", "20") as say:
        …                       # say.url is the base of the profile: http://127.0.0.1:PORT/v1
        say.settle()            # until nothing is in flight
        assert say.max_in_flight() <= 20

The program is TTSQ_BIN/ttsq-say. It ends with this process, however that ends (--parent-fd).
"""

import contextlib
import http.client
import json
import os
import select
import signal
import subprocess
import tempfile
import time

USUAL_DEADLINE_S = 30
DEADLINE_S = int(os.environ.get("TTSQ_DEADLINE_S", USUAL_DEADLINE_S))  # of every event
POLL_S = 0.005


def program():
    return os.path.join(os.path.abspath(os.environ["TTSQ_BIN"]), "ttsq-say")


def text_hash(text):
    """The ledger's text_hash: FNV-1a, 64 bit, of the UTF-8."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return "%016x" % value


def tone_mark(wav):
    """The text_hash that a WAV of the tone engine carries in its first 64 samples (16 bit)."""
    samples = wav[44 : 44 + 128]
    bits = [int.from_bytes(samples[i : i + 2], "little", signed=True) > 0 for i in range(0, 128, 2)]
    return "%016x" % int("".join("01"[bit] for bit in bits), 2)


class Say:
    def __init__(self, *args, ledger=None, control=True, port=0, stderr=None):
        """args: further options. ledger: the file of the books; a temporary one when None."""
        self._folder = tempfile.TemporaryDirectory(prefix="say-")
        self.ledger_path = ledger or os.path.join(self._folder.name, "ledger.jsonl")
        self.args = [str(arg) for arg in args]
        self.control_on = control
        self.stderr = stderr
        self.port = port
        self.process = None
        self._life = None

    def start(self):
        ready_read, ready_write = os.pipe()
        life_read, self._life = os.pipe()
        command = [program(), "--listen", "127.0.0.1:%d" % self.port, "--ledger", self.ledger_path]
        command += ["--ready-fd", str(ready_write), "--parent-fd", str(life_read)]
        command += (["--control"] if self.control_on else []) + self.args
        self.process = subprocess.Popen(command, pass_fds=(ready_write, life_read), stderr=self.stderr)
        os.close(ready_write)
        os.close(life_read)
        try:
            self.port = int(self._read_ready(ready_read))
        finally:
            os.close(ready_read)
        return self

    def _read_ready(self, fd):
        deadline = time.monotonic() + DEADLINE_S
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([fd], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(fd, 16) if ready else b""
            if not piece:
                self.process.kill()
                self.process.wait()
                raise RuntimeError("ttsq-say did not start: %s" % self.args)
            line += piece
        return line

    def stop(self, signum=signal.SIGTERM):
        """Stops it, if it runs, and returns its exit code. The ledger is whole then and can be read."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signum)
        code = self.process.wait(DEADLINE_S)
        if self._life is not None:
            os.close(self._life)
            self._life = None
        return code

    def close(self):
        self.stop()
        self._folder.cleanup()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    @property
    def url(self):
        return "http://127.0.0.1:%d/v1" % self.port

    def request(self, method, path, body=None, headers=None, timeout=DEADLINE_S):
        """One request on a connection of its own: (status, headers with lower-case names, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            data = json.dumps(body).encode() if isinstance(body, dict) else body
            connection.request(method, path, data, headers or {})
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content
        finally:
            connection.close()

    def speak(self, text, headers=None, timeout=DEADLINE_S, **members):
        body = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav"}
        return self.request("POST", "/v1/audio/speech", {**body, **members}, headers, timeout)

    def stats(self):
        return json.loads(self.request("GET", "/stats")[2])

    def control(self, **changes):
        """Changes cap, latency_ms, latency_jitter_ms, fault, fault_first, down while it runs."""
        status, _, body = self.request("POST", "/control", changes)
        if status != 200:
            raise ValueError(body.decode())
        return json.loads(body)

    @contextlib.contextmanager
    def frozen(self):
        """Meanwhile nothing is answered: what a test does amid calls may take as long as it takes."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def wait_stats(self, condition, timeout=DEADLINE_S):
        """Waits until condition(stats) is true and returns the stats."""
        deadline = time.monotonic() + timeout
        while True:
            stats = self.stats()
            if condition(stats):
                return stats
            if time.monotonic() > deadline:
                raise TimeoutError("the books never came to that: %s" % stats)
            time.sleep(POLL_S)

    def settle(self, timeout=DEADLINE_S):
        """Waits until nothing is in flight."""
        return self.wait_stats(lambda stats: stats["in_flight"] == 0, timeout)

    def ledger(self):
        """The events so far, as far as they are written (all of them after stop())."""
        if not os.path.exists(self.ledger_path):
            return []
        with open(self.ledger_path, "rb") as file:
            return [json.loads(line) for line in file if line.endswith(b"\n")]

    def wait_ledger(self, condition, timeout=DEADLINE_S):
        """Waits until condition(events) is true and returns the events."""
        deadline = time.monotonic() + timeout
        while True:
            events = self.ledger()
            if condition(events):
                return events
            if time.monotonic() > deadline:
                raise TimeoutError("the ledger never came to that; its end: %s" % events[-5:])
            time.sleep(POLL_S)

    def events(self, *names):
        return [event for event in self.ledger() if event["ev"] in names]

    def max_in_flight(self):
        return max((event["in_flight"] for event in self.ledger()), default=0)


def check_books(events):
    """Replays a whole ledger and asserts that its count is right at every line."""
    open_requests = set()
    last_us = 0
    for event in events:
        assert event["t_us"] >= last_us, event
        last_us = event["t_us"]
        if event["ev"] == "accepted":
            assert event["req"] not in open_requests, event
            open_requests.add(event["req"])
        elif event["ev"] in ("answered", "faulted", "gone"):
            open_requests.remove(event["req"])
        assert event["in_flight"] == len(open_requests), event
    return open_requests
