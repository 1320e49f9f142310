"""P3, P4: a provider that misbehaves: each kind of bad answer is called what it is, is never delivered,
and costs exactly the requests that are on record."""

import collections
import http.server
import threading

import pytest

from fleet import Fleet, boot_us, until
from say import text_hash

STALL_MS = 300
TOTAL_MS = 1500
FAULTY = 4

# what the provider does, what the attempt is, what becomes of the job
KINDS = [
    ("cut", "uncertain", "done"),
    ("cut-chunked", "uncertain", "done"),
    ("cut-close", "failed", "done"),
    ("empty", "failed", "done"),
    ("html", "failed", "done"),
    ("html-as-audio", "failed", "done"),
    ("error", "failed", "done"),
    ("refuse", "refused", "done"),
    ("limit", "refused", "done"),
    ("reset", "uncertain", "done"),
    ("silent-close", "uncertain", "done"),
    ("stall", "uncertain", "done"),
    ("hang", "uncertain", "done"),
    ("wav-unsized", "answered", "done"),
    ("huge", "failed", "failed"),
    ("redirect", "failed", "failed"),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One fleet and its kept connections for all kinds; checked as a whole at the end."""
    with Fleet(tmp_path_factory.mktemp("fleet"), cap=FAULTY, workers=2, latency_ms=5,
               say=["--retry-after", "0.05"],
               account={"linger_ms": 200},
               profile={"timeout.stall_ms": STALL_MS, "timeout.total_ms": TOTAL_MS,
                        "response_bytes_max": "1M"}) as fleet:
        fleet.start()
        fleet.enqueue("warm", fleet.texts(20, tag="warm"))
        fleet.wait("warm")
        yield fleet
        fleet.finish()


def attempts_of(fleet, batch):
    rows = fleet.query("SELECT a.outcome, a.error FROM attempt a JOIN job j ON j.id = a.job_id"
                       " JOIN batch b ON b.id = j.batch_id WHERE b.name = ?", batch)
    return collections.Counter(outcome for outcome, _ in rows), [error for _, error in rows]


@pytest.mark.parametrize("chars", [20, 90], ids=["row", "file"])
@pytest.mark.parametrize("kind,outcome,end", KINDS, ids=[row[0] for row in KINDS])
def test_kind(shared, kind, outcome, end, chars):
    batch = f"{kind}-{chars}"
    texts = shared.texts(FAULTY, chars, tag=batch)
    keys = {text_hash(text) for text in texts}
    with shared.explained():
        shared.witness.control(fault={kind: 100}, fault_first=FAULTY)
        shared.enqueue(batch, texts)
        shared.wait(batch, code=None)
        if end == "failed":
            row = shared.batch(batch)
            assert row["failed"] == FAULTY, row
            why = [job["why"] for job in shared.list(batch)]
            assert all(why)
            if kind == "redirect":
                assert all("redirect to 127.0.0.1" in line and "not followed" in line for line in why), why
            shared.run("retry", batch, "--failed")
            shared.wait(batch)
        counted, errors = attempts_of(shared, batch)
        del counted["unsent"]  # claimed while every slot was held, and given back
        expected = collections.Counter({outcome: FAULTY})
        expected["answered"] = FAULTY
        assert counted == expected, (counted, errors)
        assert not any(word in error for error in errors if error for word in ("callback", "writing")), errors
        asked = shared.witness.wait_ledger(lambda events: not shared.in_flight() and [
            e for e in events if e["ev"] in ("accepted", "refused") and e["text_hash"] in keys])
        asked = [e for e in asked if e["ev"] in ("accepted", "refused")
                 and e.get("text_hash") in keys]
        assert len(asked) == sum(counted.values()), "a request that is no attempt"
        shared.get(batch)


def test_a_redirect_was_not_followed(shared):
    with shared.explained():
        assert not [e for e in shared.witness.ledger() if e.get("status") == 404]


@pytest.mark.parametrize("kind,limit_ms", [("stall", STALL_MS), ("hang", TOTAL_MS)])
def test_a_silent_provider_is_left_in_time(shared, kind, limit_ms):
    with shared.explained():
        shared.witness.control(fault={kind: 100}, fault_first=1)
        batch = f"time-{kind}"
        shared.enqueue(batch, shared.texts(1, tag=batch))
        shared.wait(batch)
        key = text_hash(shared.texts(1, tag=batch)[0])
        events = [e for e in shared.witness.ledger() if e.get("text_hash") == key]
        assert [e["ev"] for e in events][:2] == ["accepted", "gone"]
        took_ms = (events[1]["t_us"] - events[0]["t_us"]) / 1000
        print(f"{kind}: left after {took_ms:.0f} ms (limit {limit_ms})")
        assert limit_ms - 50 <= took_ms <= limit_ms + 1000


@pytest.mark.parametrize("kind", ["limit", "refuse"])
def test_retry_after_is_kept_to_by_the_whole_account(tmp_path, kind):
    """No call begins before the time that the provider asked for, whichever job or worker it is."""
    wait_s = 0.7
    with Fleet(tmp_path, cap=1, workers=3, latency_ms=5, say=["--retry-after", wait_s]) as fleet:
        fleet.start()
        fleet.witness.control(fault={kind: 100}, fault_first=2)
        fleet.enqueue("b", fleet.texts(6))
        fleet.wait("b")
        books = fleet.finish()
        assert fleet.calls() == {"answered": 6, "refused": 2}
        refused_us = None
        for event in books.events:
            if event["ev"] in ("accepted", "refused") and refused_us is not None:
                waited_ms = (event["t_us"] - refused_us) / 1000
                print(f"the next call came after {waited_ms:.0f} ms")
                assert waited_ms >= 1000 * wait_s - 5
                refused_us = None
            if event["ev"] == "refused":
                refused_us = event["t_us"]


def test_one_refusal_pauses_every_worker(tmp_path):
    wait_s, learn_s = 1.0, 0.3  # in which the other workers have had a turn
    with Fleet(tmp_path, cap=6, workers=3, latency_ms=20, say=["--retry-after", wait_s]) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(150))
        fleet.wait_in_flight(6)
        fleet.witness.control(fault={"limit": 100}, fault_first=1)
        fleet.wait("b")
        books = fleet.finish()
        begun = next(e["t_us"] for e in books.events if e["ev"] == "refused")
        during = [e["t_us"] for e in books.events if e["ev"] == "accepted"
                  and begun + learn_s * 1e6 < e["t_us"] < begun + wait_s * 1e6]
        late = [e["t_us"] for e in books.events if e["ev"] == "accepted" and e["t_us"] > begun]
        print(f"{sum(t < begun + wait_s * 1e6 for t in late)} calls went out before all had heard")
        assert not during
        assert fleet.calls() == {"answered": 150, "refused": 1}


def test_a_server_that_is_not_there_yet(tmp_path):
    """Refused connections cost no attempt and fail no job, however many there are."""
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=5, profile={"retry.max": 1}) as fleet:
        fleet.start()
        fleet.witness.stop()
        begun = boot_us()
        fleet.enqueue("b", fleet.texts(12))
        until("refused connections", lambda: fleet.outcomes()["refused"] >= 12)
        assert fleet.states().get("failed", 0) == 0
        assert all(job["why"] for job in fleet.list("b") if job["state"] == "delayed")
        fleet.witness.start()
        fleet.wait("b")
        print(f"served {(boot_us() - begun) / 1e6:.2f} s after the first refusal")
        fleet.finish()
        assert fleet.outcomes()["uncertain"] == 0


class _Unauthorized(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


def test_a_wrong_key_stops_the_account_until_a_person_resumes_it(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Unauthorized)
    server.asked = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Fleet(tmp_path, cap=2, workers=2, latency_ms=5,
               profile={"base_url": f"http://127.0.0.1:{server.server_port}/v1"}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(20))
        waited = fleet.command("wait", "b", "--no-wait-paused")
        assert waited.returncode == 75 and waited.stderr.count("`ttsq resume main`") == 1, waited
        until("a stop", lambda: fleet.status()["accounts"][0]["stopped"])
        until("every call's end", lambda: fleet.states() == {"ready": 20})
        assert server.asked <= 4, "calls went on after the stop"
        assert "stopped: " in fleet.run("status")
        shown = fleet.run("show", 20)
        assert "account main is stopped: " in shown and "`ttsq resume main`" in shown
        del fleet.profile["base_url"]
        fleet.reload()
        until("the reload", lambda: fleet.log().count("call reload") == 2)
        assert "one call is tried" in fleet.run("resume", "main")
        fleet.wait("b")
        assert fleet.calls()["answered"] == 20
        fleet.stop()
        assert max(fleet.books().asked.values()) == 1
    server.shutdown()
    server.server_close()
