"""The supervisor as a whole: real processes, signals, pipes and a real notify socket.

The children are tests/lib/child.py, which do what a test orders and tell what happens to them. Every
wait is for an event, with a deadline; a time is only ever measured, never slept.
"""
import ctypes
import fcntl
import json
import os
import pathlib
import queue
import select
import signal
import socket
import subprocess
import threading
import time
from collections import namedtuple

import pytest

TTSQ = os.environ["TTSQ_BIN"] + "/ttsq"
CHILD = str(pathlib.Path(__file__).resolve().parent.parent / "lib" / "child.py")
DEADLINE_S = 15
POLL_S = 0.02  # between two looks at a file
SLACK_S = 0.9  # what a busy machine may add to a wait

PTRACE_SEIZE = 0x4206

Event = namedtuple("Event", "kind id pid restarts what at")


class Listener(threading.Thread):
    """Reads the datagrams that are sent to a path, at once, so that no sender ever waits."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.wake, self.end = os.pipe()
        self.arrived = queue.Queue()
        self.start()

    def run(self):
        while self.socket in select.select([self.socket, self.wake], [], [])[0]:
            self.arrived.put((self.socket.recv(4096).decode(), time.monotonic()))

    def next(self, limit):
        """(text, time) of the next one; queue.Empty when the clock reads `limit` before."""
        return self.arrived.get(timeout=max(0.0, limit - time.monotonic()))

    def close(self):
        os.close(self.end)
        self.join()
        os.close(self.wake)
        self.socket.close()


class Fleet:
    """One queue with what runs in it."""

    def __init__(self, home):
        self.home = home
        self.ini = home / "ttsq.ini"
        self.events = Listener(home / "events")
        self.manager = Listener(home / "notify")
        self.said = []      # what the manager was told
        self.unread = []    # the part of it that no test has asked for yet
        self.pids = set()   # of children seen
        self.supervisors = []
        self.plan(keeper="auto", call="auto")
        self.configure(workers=2)

    def configure(self, **keys):
        keys.setdefault("database", self.home / "queue.db")
        keys.setdefault("drain_ms", 60000)
        lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
        self.ini.write_text("[ttsq]\n" + lines)

    def plan(self, **plan):
        (self.home / "plan.json").write_text(json.dumps(plan))

    def start(self, *args, hang_ms=10000, exe=CHILD, pass_fds=(), **env):
        log = open(self.home / "log", "ab")
        process = subprocess.Popen(
            [TTSQ, "supervise", *args], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            pass_fds=pass_fds, start_new_session=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.home), "TTSQ_CONFIG": str(self.ini),
                 "TTSQ_WORKER_EXE": exe, "TTSQ_HANG_MS": str(hang_ms), "CHILD_DIR": str(self.home),
                 "NOTIFY_SOCKET": str(self.home / "notify"),
                 "ASAN_OPTIONS": os.environ["ASAN_OPTIONS"], **env})
        log.close()
        self.supervisors.append(process)
        return process

    def log(self):
        return (self.home / "log").read_text()

    def next(self, limit):
        text, at = self.events.next(limit)
        words = text.split(" ", 4)
        event = Event(words[0], words[1], int(words[2]), int(words[3]), words[4], at)
        self.pids.add(event.pid)
        return event

    def expect(self, what, kind=None, pid=None, never=()):
        """The next event that is `what`; one of `never` on the way is a failure. The notifier, which no
        test here orders about, comes and goes beside the others."""
        limit = time.monotonic() + DEADLINE_S
        while True:
            try:
                event = self.next(limit)
            except queue.Empty:
                pytest.fail(f"no {what} of {kind or pid}; log:\n{self.log()}")
            assert event.kind == "notify" or event.what.split()[0] not in never, event
            if event.what.startswith(what) and kind in (None, event.kind) and pid in (None, event.pid):
                return event

    def workers(self, count):
        """The `ready` events of the keeper and `count` call workers, keeper first."""
        return [self.expect("ready", "keeper")] + [self.expect("ready", "call") for _ in range(count)]

    def order(self, event, text):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.sendto(text.encode(), f"{self.home}/{event.pid}")
        sock.close()

    def told(self, text):
        """Waits until the manager has been told a line that starts with `text`; returns it."""
        limit = time.monotonic() + DEADLINE_S
        while True:
            for line in self.unread:
                if line.startswith(text):
                    self.unread.remove(line)
                    return line
            if not self.hear(limit):
                pytest.fail(f"manager not told {text!r} but {self.said}; log:\n{self.log()}")

    def hear(self, limit):
        """Takes the manager's next message; False when there is none until `limit`."""
        try:
            lines = self.manager.next(limit)[0].split("\n")
        except queue.Empty:
            return False
        self.said += lines
        self.unread += lines
        return True

    def hear_until(self, limit):
        while self.hear(limit):
            pass

    def wait_log(self, text):
        """The first line of the log that contains `text`."""
        limit = time.monotonic() + DEADLINE_S
        while text not in self.log():
            assert time.monotonic() < limit, f"no {text!r} in\n{self.log()}"
            select.select([], [], [], POLL_S)
        return next(line for line in self.log().splitlines() if text in line)

    def close(self):
        for process in self.supervisors:
            if process.poll() is None:
                process.kill()
            process.wait()
        for pid in self.pids:
            try:
                with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                    if CHILD in file.read():
                        os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.events.close()
        self.manager.close()


@pytest.fixture
def fleet(tmp_path):
    fleet = Fleet(tmp_path)
    yield fleet
    fleet.close()


def end(fleet, process):
    """Drains and expects a clean end."""
    process.terminate()
    assert process.wait(DEADLINE_S) == 0, fleet.log()


# --- start ---------------------------------------------------------------------------------------


def test_keeper_first_then_workers_then_ready(fleet):
    fleet.plan(keeper="wait", call="wait")
    process = fleet.start()
    keeper = fleet.expect("start", "keeper")
    assert fleet.told("STATUS=") == "STATUS=starting: 0 workers, 0 calls in flight, 0 restarts"
    fleet.order(keeper, "ready")
    fleet.expect("ready", "keeper", never=["start"])
    first, second = fleet.expect("start", "call"), fleet.expect("start", "call")
    assert first.id != second.id and len(first.id) == 16
    assert "READY=1" not in fleet.said
    fleet.order(second, "ready")
    fleet.told("READY=1")
    fleet.order(first, "ready")
    fleet.told("STATUS=2 workers, 0 calls in flight, 0 restarts")
    fleet.order(first, "calls 17")
    fleet.told("STATUS=2 workers, 17 calls in flight, 0 restarts")
    fleet.plan(keeper="auto", call="auto")
    process.terminate()
    drained = {fleet.expect("drain", "call", never=["exit"]).pid for _ in range(2)}
    assert drained == {first.pid, second.pid}
    for child in (first, second):
        fleet.order(child, "exit 0")
    fleet.expect("drain", "keeper")
    fleet.order(keeper, "exit 0")
    assert process.wait(DEADLINE_S) == 0
    assert fleet.said.count("READY=1") == 1


def test_children_get_three_descriptors(fleet):
    inherited = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(inherited, True)
    process = fleet.start(pass_fds=[inherited])
    for kind in ("keeper", "call", "call"):
        assert fleet.expect("start", kind).what == "start 0,1,2"
    os.close(inherited)
    end(fleet, process)


def test_unknown_lines_are_ignored(fleet):
    process = fleet.start()
    keeper, worker, _ = fleet.workers(2)
    fleet.order(keeper, "say a new word")
    fleet.order(keeper, "say " + "x" * 80)
    fleet.order(keeper, "say beat nonsense")
    fleet.order(worker, "calls 3")
    fleet.told("STATUS=2 workers, 3 calls in flight, 0 restarts")
    end(fleet, process)


def test_a_program_that_cannot_start_is_tried_again(fleet):
    process = fleet.start(exe=str(fleet.home / "absent"))
    assert "restart_in_ms=0" in fleet.wait_log("child_not_started")
    fleet.wait_log("restart_in_ms=1000")
    os.symlink(CHILD, fleet.home / "absent")
    fleet.workers(2)
    end(fleet, process)


# --- death and restart ---------------------------------------------------------------------------


def test_crashes_restart_at_once_then_later(fleet):
    fleet.configure(workers=1)
    process = fleet.start()
    _, worker = fleet.workers(1)
    waits = []
    for restarts in (1, 2, 3):
        fleet.order(worker, "exit 1")
        died = fleet.expect("exit 1", pid=worker.pid)
        dead = fleet.expect("dead", "keeper")
        assert dead.what == f"dead {worker.id}"
        start = fleet.expect("start", "call")
        assert start.restarts == restarts and start.id != worker.id
        waits.append(start.at - died.at)
        worker = fleet.expect("ready", pid=start.pid)
    assert waits[0] < SLACK_S and 0.9 < waits[1] < 1 + SLACK_S and 1.9 < waits[2] < 2 + SLACK_S
    end(fleet, process)


def test_a_killed_worker_is_back_within_a_second_every_time(fleet):
    process = fleet.start()
    _, worker, _ = fleet.workers(2)
    for _ in range(6):
        fleet.expect("beat", pid=worker.pid)  # `ready` has reached the supervisor
        killed = time.monotonic()
        os.kill(worker.pid, signal.SIGKILL)
        assert fleet.expect("dead", "keeper").what == f"dead {worker.id}"
        worker = fleet.expect("ready", "call")
        assert worker.at - killed < 1
    fleet.told("STATUS=2 workers, 0 calls in flight, 6 restarts")
    end(fleet, process)


def test_who_is_killed_amid_its_start_is_back_within_a_second_too(fleet):
    fleet.plan(keeper="auto", call="wait")
    fleet.configure(workers=1)
    process = fleet.start()
    worker = fleet.expect("start", "call")
    for restarts in range(1, 7):  # as a crash the last would wait for 16 s
        killed = time.monotonic()
        os.kill(worker.pid, signal.SIGKILL)
        worker = fleet.expect("start", "call")
        assert worker.restarts == restarts and worker.at - killed < 1
    fleet.plan(keeper="auto", call="auto")
    os.kill(worker.pid, signal.SIGKILL)
    fleet.expect("ready", "call")
    end(fleet, process)


def test_the_keeper_is_restarted_too(fleet):
    process = fleet.start()
    keeper, *_ = fleet.workers(2)
    os.kill(keeper.pid, signal.SIGSEGV)
    again = fleet.expect("ready", "keeper", never=["drain", "eof"])
    assert again.restarts == 1
    end(fleet, process)


def test_configuration_error_is_not_restarted(fleet):
    process = fleet.start()
    _, first, second = fleet.workers(2)
    fleet.order(first, "exit 78")
    assert "restart=no" in fleet.wait_log("exit=78")
    fleet.told("STATUS=1 of 2 workers")
    assert process.poll() is None
    fleet.order(second, "exit 78")
    fleet.expect("drain", "keeper", never=["start"])
    assert process.wait(DEADLINE_S) == 78
    assert "every call worker refused the configuration" in fleet.log()


@pytest.mark.parametrize("code, words", [(78, "refused the configuration"), (65, "damaged")])
def test_keeper_that_cannot_work_ends_everything(fleet, code, words):
    fleet.plan(keeper=f"exit {code}", call="auto")
    assert fleet.start().wait(DEADLINE_S) == code
    assert words in fleet.log()


def test_a_keeper_that_cannot_start_yet_is_tried_each_second(fleet):
    """A full disk, a locked database: no longer and longer waits, one line, and the manager knows."""
    fleet.plan(keeper="exit 75", call="auto")
    process = fleet.start()
    starts = [fleet.expect("start", "keeper", never=["dead"]).at for _ in range(5)]
    assert all(0.9 < b - a < 1 + SLACK_S for a, b in zip(starts, starts[1:]))
    fleet.told("EXTEND_TIMEOUT_USEC=")
    fleet.told("STATUS=starting: 0 workers, 0 calls in flight, 0 restarts, waiting for room or a lock")
    assert fleet.log().count("exit=75") == 1
    fleet.plan(keeper="auto", call="auto")
    fleet.workers(2)
    fleet.told("STATUS=2 workers, 0 calls in flight, 0 restarts")
    end(fleet, process)


def test_a_ready_worker_that_exits_so_has_crashed(fleet):
    fleet.configure(workers=1)
    process = fleet.start()
    _, worker = fleet.workers(1)
    for wait_ms in (0, 1000, 2000):
        fleet.wait_log(f"child_ready kind=call id={worker.id}")
        fleet.order(worker, "exit 75")
        fleet.wait_log(f"restart_in_ms={wait_ms}")
        worker = fleet.expect("ready", "call")
    end(fleet, process)


def test_reload_gives_a_refused_worker_another_chance(fleet):
    process = fleet.start()
    _, first, second = fleet.workers(2)
    fleet.order(first, "exit 78")
    fleet.wait_log("exit=78")
    process.send_signal(signal.SIGHUP)
    fleet.expect("reload", pid=second.pid)
    fleet.expect("ready", "call")
    end(fleet, process)


def test_hung_worker_is_replaced(fleet):
    process = fleet.start(hang_ms=1500)
    _, worker, other = fleet.workers(2)
    fleet.order(worker, "hush")
    assert fleet.expect("dead", "keeper").what == f"dead {worker.id}"
    fleet.expect("ready", "call")
    assert "why=no_beat" in fleet.wait_log("child_hung")
    assert f"id={worker.id} signal=9" in fleet.log() and other.id not in fleet.wait_log("child_died")
    end(fleet, process)


def test_worker_that_never_gets_ready_is_replaced(fleet):
    fleet.plan(keeper="auto", call="wait")
    process = fleet.start(TTSQ_START_MS="1000")
    first = fleet.expect("start", "call")
    assert fleet.expect("dead", "keeper").what.startswith("dead ")
    assert "why=not_ready" in fleet.wait_log("child_hung")
    fleet.plan(keeper="auto", call="auto")
    assert fleet.expect("ready", "call").pid != first.pid
    end(fleet, process)


def test_a_supervisor_that_was_stopped_blames_nobody(fleet):
    process = fleet.start(hang_ms=1500)
    _, worker, other = fleet.workers(2)
    for child in (worker, other):  # it has heard them, not only they have said so
        fleet.wait_log(f"child_ready kind=call id={child.id}")
    process.send_signal(signal.SIGSTOP)
    for _ in range(20):  # 5 s of a child's life
        fleet.expect("beat", pid=worker.pid)
    process.send_signal(signal.SIGCONT)
    fleet.wait_log("was_stopped")
    for _ in range(8):
        fleet.expect("beat", pid=worker.pid, never=["dead", "start", "ready"])
    assert "child_hung" not in fleet.log()
    end(fleet, process)


# --- end -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_drain_workers_first_keeper_last(fleet, number):
    fleet.plan(keeper="wait", call="wait")
    process = fleet.start()
    keeper = fleet.expect("start", "keeper")
    fleet.order(keeper, "ready")
    first, second = fleet.expect("start", "call"), fleet.expect("start", "call")
    for child in (first, second):
        fleet.order(child, "ready")
        fleet.order(child, "calls 4")
    fleet.told("STATUS=2 workers, 8 calls in flight")
    process.send_signal(number)
    fleet.told("STOPPING=1")
    for _ in range(2):
        assert fleet.expect("drain").kind == "call"
    fleet.order(first, "calls 1")
    fleet.told("EXTEND_TIMEOUT_USEC=")
    fleet.told("STATUS=draining: 2 workers, 5 calls in flight")
    fleet.order(first, "exit 0")
    fleet.expect("dead", "keeper", never=["drain"])
    fleet.order(second, "exit 0")
    fleet.expect("drain", "keeper")
    assert process.poll() is None
    fleet.order(keeper, "exit 0")
    assert process.wait(DEADLINE_S) == 0
    assert "signal=" not in fleet.log()


def test_second_term_stops(fleet):
    fleet.plan(keeper="auto", call="wait")
    process = fleet.start()
    workers = [fleet.expect("start", "call"), fleet.expect("start", "call")]
    process.terminate()
    for _ in workers:
        fleet.expect("drain", "call")
    process.terminate()
    for _ in workers:
        fleet.expect("stop", "call", never=["drain"])
    fleet.expect("stop", "keeper")
    assert process.wait(DEADLINE_S) == 0


def test_who_does_not_stop_is_killed(fleet):
    fleet.configure(workers=1)
    fleet.plan(keeper="auto", call="deaf")
    process = fleet.start()
    fleet.workers(1)
    process.terminate()
    fleet.expect("drain", "call")
    process.terminate()
    stop = fleet.expect("stop", "call")
    assert process.wait(DEADLINE_S) == 0
    assert 4.5 < time.monotonic() - stop.at < 7
    assert "why=not_stopped" in fleet.log()


def test_a_drain_has_an_end(fleet):
    fleet.configure(workers=1, drain_ms=1000)
    fleet.plan(keeper="auto", call="wait")
    process = fleet.start()
    worker = fleet.expect("start", "call")
    fleet.order(worker, "ready")
    process.terminate()
    drain = fleet.expect("drain", "call")
    stop = fleet.expect("stop", "call")
    assert 0.9 < stop.at - drain.at < 1.5 + SLACK_S
    assert process.wait(DEADLINE_S) == 0


def test_a_term_to_the_whole_group_drains_once(fleet):
    fleet.plan(keeper="auto", call="wait")
    process = fleet.start()
    workers = [fleet.expect("start", "call"), fleet.expect("start", "call")]
    for worker in workers:
        fleet.order(worker, "ready")
    fleet.told("READY=1")
    os.killpg(process.pid, signal.SIGTERM)
    wanted = {(worker.pid, what) for worker in workers for what in ("term", "drain")}
    while wanted:
        event = fleet.next(time.monotonic() + DEADLINE_S)
        assert event.what != "stop"
        wanted.discard((event.pid, event.what))
    for worker in workers:
        fleet.order(worker, "exit 0")
    assert process.wait(DEADLINE_S) == 0


def test_supervisor_killed_children_see_it_and_another_may_start(fleet):
    fleet.plan(keeper="wait", call="wait")
    process = fleet.start()
    keeper = fleet.expect("start", "keeper")
    fleet.order(keeper, "ready")
    fleet.expect("start", "call")
    fleet.expect("start", "call")
    process.kill()
    assert {fleet.expect("eof").pid for _ in range(3)} <= fleet.pids
    fleet.plan(keeper="auto", call="auto")
    again = fleet.start()  # while the children of the first still finish their calls
    fleet.workers(2)
    end(fleet, again)


def test_private_supervisor_ends_with_its_parent(fleet):
    ours, theirs = os.pipe()
    os.set_inheritable(ours, True)
    process = fleet.start("--parent-fd", str(ours), pass_fds=[ours])
    os.close(ours)
    assert fcntl.fcntl(theirs, fcntl.F_GETFD) & fcntl.FD_CLOEXEC
    fleet.workers(2)
    os.close(theirs)
    fleet.expect("drain", "keeper")
    assert process.wait(DEADLINE_S) == 0
    fleet.hear_until(time.monotonic())
    assert fleet.said == []  # the service manager of its parent is not its own
    assert " drain " not in fleet.log()


def test_parent_fd_must_be_a_pipe(fleet):
    assert fleet.start("--parent-fd", "0").wait(DEADLINE_S) == 2
    assert fleet.start("--parent-fd", "99").wait(DEADLINE_S) == 2
    assert fleet.start("--parent-fd", "x").wait(DEADLINE_S) == 2
    assert fleet.start("surplus").wait(DEADLINE_S) == 2


# --- reload --------------------------------------------------------------------------------------


def test_reload_changes_the_number_of_workers(fleet):
    process = fleet.start()
    keeper, *old = fleet.workers(2)
    fleet.configure(workers=4)
    fleet.told("READY=1")
    process.send_signal(signal.SIGHUP)
    fleet.told("RELOADING=1")
    fleet.told("READY=1")
    assert {fleet.expect("reload").pid for _ in range(4)} > {keeper.pid, *(w.pid for w in old)}
    new = [fleet.expect("ready", "call") for _ in range(2)]
    fleet.told("STATUS=4 workers")
    fleet.configure(workers=1)
    process.send_signal(signal.SIGHUP)
    gone = {fleet.expect("drain", "call").pid for _ in range(3)}
    assert len(gone) == 3 and {w.pid for w in new} < gone
    fleet.told("STATUS=1 workers")
    end(fleet, process)


@pytest.mark.parametrize("text", ["[ttsq]\nworkers\n", "[ttsq]\ndatabase = /nowhere/queue.db\n"])
def test_reload_of_a_bad_configuration_keeps_the_old(fleet, text):
    process = fleet.start()
    _, worker, _ = fleet.workers(2)
    fleet.ini.write_text(text)
    process.send_signal(signal.SIGHUP)
    fleet.wait_log("reload_failed")
    fleet.expect("beat", pid=worker.pid, never=["drain", "reload"])
    assert process.poll() is None
    end(fleet, process)


def test_what_an_earlier_service_knew_is_forgotten(fleet):
    """Or who waits would be told, until the keeper is up, that what came since is not known."""
    folder = fleet.home / "queue.db.run"
    folder.mkdir()
    (folder / "served").write_text("account earlier\n")
    process = fleet.start()
    fleet.workers(2)  # of which none writes it
    assert not (folder / "served").exists()
    end(fleet, process)


def test_bad_configuration_at_start(fleet):
    fleet.ini.write_text("[ttsq]\nworkers\n")
    assert fleet.start().wait(DEADLINE_S) == 78
    assert str(fleet.ini) in fleet.log()


# --- alone, and watched --------------------------------------------------------------------------


def test_one_supervisor_per_database(fleet):
    process = fleet.start()
    fleet.workers(2)
    assert fleet.start().wait(DEADLINE_S) == 75
    assert "another supervisor runs this queue" in fleet.log() and str(process.pid) in fleet.log()
    end(fleet, process)


def test_watchdog_is_fed(fleet):
    process = fleet.start(WATCHDOG_USEC="1000000")
    fleet.workers(2)
    times = []
    for _ in range(4):
        fleet.told("WATCHDOG=1")
        times.append(time.monotonic())
    assert all(after - before < 1 for before, after in zip(times, times[1:]))
    end(fleet, process)


def test_watchdog_of_another_process_is_not_ours(fleet):
    process = fleet.start(WATCHDOG_USEC="200000", WATCHDOG_PID="1")
    fleet.workers(2)
    fleet.told("STATUS=2 workers")
    end(fleet, process)
    assert "WATCHDOG=1" not in fleet.said


def test_watchdog_is_not_fed_while_a_child_is_stale(fleet):
    """A killed process that a tracer has not yet waited for is not reported to its parent: so the
    supervisor has a silent child that it cannot get rid of."""
    process = fleet.start(hang_ms=1500, WATCHDOG_USEC="1000000")
    _, worker, _ = fleet.workers(2)
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.ptrace(PTRACE_SEIZE, worker.pid, None, None) == 0, os.strerror(ctypes.get_errno())
    fleet.order(worker, "hush")
    fleet.wait_log("child_hung")
    fleet.hear_until(time.monotonic())
    fleet.unread.clear()
    fleet.hear_until(time.monotonic() + 2)  # four times what it may take
    assert "WATCHDOG=1" not in fleet.unread
    os.waitpid(worker.pid, 0)
    fleet.told("WATCHDOG=1")
    end(fleet, process)
