"""Each shipped profile against its vendor's shape: what it sends, what it makes of the answer, and what each
way of going wrong does to the job and to its account. tests/vendors/README.md says what the data mean."""

import collections
import datetime
import glob
import hashlib
import hmac
import json
import os
import re
import subprocess
import urllib.parse
import xml.sax.saxutils

import pytest

from fleet import Fleet, program, until
from say import check_books, text_hash

FOLDER = os.path.join(os.path.dirname(__file__), "..", "vendors")
PROVIDERS = os.path.join(os.path.dirname(__file__), "..", "..", "etc", "providers.d")
SHAPES = {}
for path in sorted(glob.glob(os.path.join(FOLDER, "*.json"))):
    with open(path, encoding="utf-8") as file:
        SHAPES[os.path.basename(path)[:-5]] = json.load(file)
CLIENTS = {}
for path in sorted(glob.glob(os.path.join(FOLDER, "clients", "*.json"))):
    with open(path, encoding="utf-8") as file:
        CLIENTS[os.path.basename(path)[:-5]] = json.load(file)
CASES = [(name, case) for name, shape in SHAPES.items() for case in shape.get("cases", {})]
ALONE = ("wait", "shrink", "stop")  # what concerns the account is tried by itself
WITHOUT_SHAPE = {"say"}             # test_say.py has it

GOOD = ['He said: "a < b & c > d", \\ and left.', "Schöne Grüße, 你好，世界。", "x" * 90]
CLIENT_TEXT = 'Grüße, "Welt" & <alle>.'
CLIENT_BATCH = ["before", CLIENT_TEXT, "after"]
CLIENT_SETTINGS = {
    "openai": {"voice": "alloy", "format": "wav", "model": "gpt-4o-mini-tts", "var.speed": 1.25,
               "var.instructions": "slowly"},
    "elevenlabs": {"voice": "21m00Tcm4TlvDq8ikWAM", "format": "mp3_44100_128", "var.lang": "de",
                   "model": "eleven_multilingual_v2", "var.seed": 7, "var.stability": 0.5,
                   "var.similarity_boost": 0.75, "var.speed": 1.1},
}
SECRETS = {key: value for shape in SHAPES.values()
           for key, value in shape["test"].get("secret", {}).items()}
BILLED_PER_CHAR = 2  # what the shapes say
DUE_MS = 20  # of a clock that is read by two processes


class Vendors(Fleet):
    """One fleet whose profiles t-NAME inherit the shipped ones and speak to the shapes."""

    def __init__(self, home):
        shapes = [os.path.join(FOLDER, f"{name}.json") for name in SHAPES]
        super().__init__(home, workers=2, latency_ms=5,
                         say=[word for shape in shapes for word in ("--shape", shape)])
        self.environment.update(SECRETS)
        self.done = {}

    def url(self, name):
        return f"http://127.0.0.1:{self.witness.port}/{name}"

    def keys(self, name, account, **more):
        base = {} if "page" in SHAPES[name]["test"] else \
            {"base_url": self.url(name) + SHAPES[name]["test"]["base_url"]}
        return {"inherit": name, "account": account, **base, "retry.base_ms": 20,
                "retry.cap_ms": 60, "timeout.total_ms": 20000, "price": "1.00 USD/1M codepoints",
                **more}

    def write_config(self, text=None):
        sections = {"ttsq": self.settings}
        for name, shape in SHAPES.items():
            sections[f"account:t-{name}"] = {"concurrency": 2, "linger_ms": 200, "rate": "1000/s",
                                             "rate_burst": 100, "min_interval_ms": 0,
                                             "ramp_per_min": 0}
            more = shape["test"].get("profile", {})
            sections[f"profile:t-{name}"] = self.keys(name, **{"account": f"t-{name}", **more})
        for name, settings in CLIENT_SETTINGS.items():
            sections[f"profile:client-{name}"] = self.keys(name, f"t-{name}", **settings)
        self.settings["profile"] = "t-openai"
        lines = []
        for section, keys in sections.items():
            lines += [f"[{section}]", *(f"{key} = {value}" for key, value in keys.items())]
        super().write_config("\n".join(lines) + "\n")

    # -- texts: a vendor of pages takes URLs

    def text(self, name, words):
        page = SHAPES[name]["test"].get("page")
        return words if page is None else self.url(name) + page + urllib.parse.quote(words, safe="")

    def put(self, name, batch, texts):
        voice = SHAPES[name]["test"].get("voice")
        self.enqueue(batch, [self.text(name, words) for words in texts], "--profile", f"t-{name}",
                     *(["--voice", voice] if voice else []))

    def account_row(self, name):
        return next(a for a in self.status()["accounts"] if a["name"] == f"t-{name}")

    # -- what a batch came to

    def results(self, name, batch, texts):
        """By words: the job, its attempts, and what the witness saw of it."""
        seen = collections.defaultdict(list)
        self.witness.settle()
        events = self.witness.wait_ledger(lambda events: not check_books(events))
        mine = {e["req"] for e in events if e.get("seen", {}).get("shape") == name}
        for event in events:
            if event["req"] in mine:
                seen[event["text_hash"]].append(event)
        out = {}
        for words, (job, state, counted, why) in zip(texts, self.query(
                "SELECT j.id, j.state, j.attempts, j.why FROM job j JOIN batch b ON b.id = j.batch_id"
                " WHERE b.name = ? ORDER BY j.seq", batch), strict=True):
            attempts = self.query("SELECT outcome, http_status, request_id, error, cost_micros FROM attempt"
                                  " WHERE job_id = ? AND outcome != 'unsent' ORDER BY n", job)
            out[words] = {"state": state, "counted": counted, "why": why or "",
                          "attempts": attempts, "events": seen[text_hash(words)]}
        return out

    def run_alone(self, name, case):
        does = SHAPES[name]["cases"][case]["test"]["does"]
        words, batch = f"{case} [[case:{case}/1]]", f"{name}-{case}"
        shrunk = self.shrunk(name)
        self.put(name, batch, [words])
        stop = None
        if does == "stop":
            until(f"a stop of {name} by {case}", lambda: self.account_row(name)["stopped"])
            stop = self.account_row(name)["pause_reason"]
            assert self.states().get("ready"), "the job is kept"
            self.run("resume", f"t-{name}")
        self.wait(batch)
        result = self.results(name, batch, [words])[words]
        return {**result, "stop": stop, "shrunk": self.shrunk(name) > shrunk}

    def shrunk(self, name):
        rows = self.query("SELECT eff_shrunk_boot_ms FROM account WHERE name = ?", f"t-{name}")
        return rows[0][0] if rows else 0

    def run_cases(self, name):
        """All cases of a vendor, once."""
        cases = SHAPES[name].get("cases", {})
        together = {}
        for case, content in cases.items():
            if content["test"]["does"] not in ALONE:
                again = content["test"]["does"] in ("retry", "nothing")
                together[f"{case} [[case:{case}{'/1' if again else ''}]]"] = case
        out = {}
        if together:
            self.put(name, f"{name}-cases", list(together))
            self.wait(f"{name}-cases", code=None)
            for words, result in self.results(name, f"{name}-cases", list(together)).items():
                out[together[words]] = result
        for case, content in cases.items():
            if content["test"]["does"] in ALONE:
                out[case] = self.run_alone(name, case)
        return out

    def case(self, name, case):
        if name not in self.done:
            self.done[name] = None  # a vendor that got stuck is not tried again for each case
            self.done[name] = self.run_cases(name)
        assert self.done[name], f"the cases of {name} did not come to an end"
        return self.done[name][case]


@pytest.fixture(scope="module")
def vendors(tmp_path_factory):
    with Vendors(tmp_path_factory.mktemp("vendors")) as fleet:
        fleet.start()
        yield fleet
        fleet.stop()
        fleet.witness.stop()
        assert not check_books(fleet.witness.ledger())
        fleet.run("check", "--deep")
        for name, value in SECRETS.items():
            if name != "AWS_ACCESS_KEY_ID":  # that one is no secret, and SigV4 sends it
                assert value not in fleet.log() + open(fleet.witness.ledger_path).read(), name


def first_with(events, *names):
    return next(event for event in events if event["ev"] in names)


# --- what is sent, and what comes back -------------------------------------------------------------


def patterns_with(pattern, seen, wanted):
    """What was seen at the places that a pattern calls {wanted}."""
    if isinstance(pattern, dict) and isinstance(seen, dict):
        for key, inner in pattern.items():
            if key.rstrip("?") in seen:
                yield from patterns_with(inner, seen[key.rstrip("?")], wanted)
    elif isinstance(pattern, str) and isinstance(seen, str) and "{" + wanted + "}" in pattern:
        parts = re.split(r"\{([a-z_]+)\}", pattern)
        expression = "".join(re.sub(r"(\\ |\\\n)+", r"\\s+", re.escape(part)) if at % 2 == 0 else
                             f"(?P<{part}>.+?)" if part == wanted else ".+?"
                             for at, part in enumerate(parts))
        match = re.fullmatch(expression, seen, re.S)
        assert match, (pattern, seen)
        yield match[wanted]


def check_secrets(name, seen):
    """The right secret in the right header: the ledger has its hash."""
    test, headers = SHAPES[name]["test"], SHAPES[name]["request"].get("headers", {})
    expected = {text_hash(value) for value in test.get("secret", {}).values()}
    for header, pattern in headers.items():
        if pattern and "{secret}" in pattern and header in seen["headers"]:
            assert re.search(r"\{fnv:([0-9a-f]+)\}", seen["headers"][header])[1] in expected, header


def check_signature(name, seen):
    """SigV4, computed from what arrived and the secret."""
    test = SHAPES[name]["test"]
    secret = test["secret"]["AWS_SECRET_ACCESS_KEY"]
    fields = dict(re.findall(r"(Credential|SignedHeaders|Signature)=([^,\s]+)",
                             seen["headers"]["authorization"]))
    key_id, day, region, service, _ = fields["Credential"].split("/")
    assert (key_id, service) == (test["secret"]["AWS_ACCESS_KEY_ID"], test["signed"])
    assert {"host", "x-amz-date"} <= set(fields["SignedHeaders"].split(";"))
    body = seen["text"].encode()
    lines = [seen["method"], f"/{name}{seen['path']}", ""]
    lines += [f"{header}:{' '.join(seen['headers'][header].split())}"
              for header in fields["SignedHeaders"].split(";")]
    lines += ["", fields["SignedHeaders"], hashlib.sha256(body).hexdigest()]
    date = seen["headers"]["x-amz-date"]
    assert date.startswith(day) and abs(
        datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(minutes=5)
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope,
                      hashlib.sha256("\n".join(lines).encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    assert hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == fields["Signature"]


@pytest.mark.parametrize("name", SHAPES)
def test_good_answers(vendors, name):
    test, batch = SHAPES[name]["test"], f"{name}-good"
    texts = GOOD if "page" not in test else ["one", "two ü", "three"]
    with vendors.explained():
        vendors.put(name, batch, texts)
        vendors.wait(batch)
        folder = vendors.home / f"out-{batch}"
        vendors.run("get", batch, "-o", folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        results = vendors.results(name, batch, texts)
        fresh = set()
        for words, job in zip(texts, manifest["jobs"], strict=True):
            events, attempts = results[words]["events"], results[words]["attempts"]
            assert [a[0] for a in attempts] == ["answered"], attempts
            taken, given = first_with(events, "accepted"), first_with(events, "answered")
            seen = taken["seen"]
            request = SHAPES[name]["request"]
            check_secrets(name, seen)
            assert seen["headers"].get("content-type", "") == \
                request.get("headers", {}).get("content-type", "")
            for voice in patterns_with(request, {**seen, "xml": seen.get("text")}, "voice"):
                assert voice == test.get("voice", voice)
            fresh.update(patterns_with(request, {**seen, "xml": seen.get("text")}, "uuid"))
            if "page" not in test:
                sent = seen.get("json", seen.get("text"))
                assert sent == with_context(fill(test["sends"], words, sent), test, texts, words)
            if "signed" in test:
                check_signature(name, seen)
            content = (folder / job["file"]).read_bytes()
            assert len(content) == job["bytes"]
            if "page" in test:
                assert content.decode().startswith("<!DOCTYPE html><title>Page say-")
                assert len(content) == given["bytes"]
            else:
                assert hashlib.sha256(content).hexdigest() == given["audio_sha256"]
            expected = test.get("request_id", "").replace("{id}", f"say-{taken['req']}")
            assert attempts[0][2] == (expected or None)
            said = BILLED_PER_CHAR * len(words) if test.get("bills") else len(vendors.text(name, words))
            assert attempts[0][4] == said, "micro-units, one for each character"
        if "uuid" in json.dumps(SHAPES[name]["request"]):
            assert len(fresh) >= len(texts), "a request's own id is used twice"
        if test.get("fetches"):
            served = [e for e in vendors.witness.events("served")
                      if e["seen"]["shape"] == name and e["status"] == 200]
            assert len(served) >= len(texts)
            assert not any("authorization" in e["seen"]["headers"] for e in served)


def with_context(document, test, texts, words):
    at = texts.index(words)
    near = {key: at + step for key, step in test.get("context", {}).items()}
    return {**document, **{key: texts[at] for key, at in near.items() if 0 <= at < len(texts)}} \
        if near else document


def fill(document, words, seen):
    """The document with {text} filled in, and what is new each time taken from what was seen."""
    if isinstance(document, dict):
        assert isinstance(seen, dict)
        return {key: fill(value, words, seen.get(key)) for key, value in document.items()}
    if isinstance(document, str) and document.startswith("<"):
        return document.replace("{text}", xml.sax.saxutils.escape(words, {'"': "&quot;"}))
    if document == "{text}":
        return words
    return seen if document == "{uuid}" else document


@pytest.mark.parametrize("name", CLIENTS)
def test_the_vendors_own_client_sends_the_same(vendors, name):
    client, batch = CLIENTS[name], f"client-{name}"
    with vendors.explained():
        vendors.enqueue(batch, CLIENT_BATCH, "--profile", f"client-{name}")
        vendors.wait(batch)
        ours = first_with(vendors.results(name, batch, CLIENT_BATCH)[CLIENT_TEXT]["events"],
                          "accepted")["seen"]
        for part in ("method", "path", "query"):
            assert ours[part] == client[part]
        assert ours["json"] == client["json"]
        for header in ("authorization", "xi-api-key", "content-type"):
            assert ours["headers"].get(header) == client["headers"].get(header)


# --- what goes wrong -------------------------------------------------------------------------------


def check_retried(result, outcome=None):
    assert result["state"] == "done", result
    outcomes = [attempt[0] for attempt in result["attempts"]]
    assert len(outcomes) == 2 and outcomes[1] == "answered", result
    assert outcome in (None, outcomes[0]), result


def check_waited(result, wait_ms):
    """The account's next call began no earlier than it was told to."""
    refused = first_with(result["events"], "refused")
    taken = first_with(result["events"], "accepted")
    assert taken["t_us"] - refused["t_us"] >= 1000 * wait_ms - 1000 * DUE_MS, result["events"]


def check_asked(result, times):
    assert sum(event["ev"] in ("accepted", "refused") for event in result["events"]) == times


@pytest.mark.parametrize("name,case", CASES, ids=[f"{name}-{case}" for name, case in CASES])
def test_case(vendors, name, case):
    test = SHAPES[name]["cases"][case]["test"]
    with vendors.explained():
        result = vendors.case(name, case)
        if test["does"] == "nothing":
            assert [a[0] for a in result["attempts"]] == ["answered"], result
            check_asked(result, 1)
        elif test["does"] == "retry":
            check_retried(result)
            check_asked(result, 2)
        elif test["does"] == "wait":
            check_retried(result, "refused")
            assert result["counted"] == 1
            check_waited(result, test.get("wait_ms", 0))
        elif test["does"] == "shrink":
            check_retried(result, "refused")
            assert result["counted"] == 1 and result["shrunk"], result
        elif test["does"] == "stop":
            check_retried(result, "refused")
            assert result["stop"] and test.get("why", "").lower() in result["stop"].lower(), result
        elif test["does"] == "split":
            outcomes = [attempt[0] for attempt in result["attempts"]]
            assert result["state"] == "done" and outcomes[0] == "failed", result
            assert "too long" in result["attempts"][0][3], result
            assert outcomes.count("answered") >= 2, "one piece, or none"
        else:
            assert test["does"] == "fail"
            assert result["state"] == "failed" and len(result["attempts"]) == 1, result
            assert test.get("why", "").lower() in result["why"].lower(), result


def test_a_text_without_a_voice_is_not_taken(vendors):
    path = vendors.home / "voiceless.txt"
    path.write_text("Hello.\n")
    done = vendors.command("enqueue", path, "--profile", "t-elevenlabs")
    assert done.returncode == 2 and "voiceless.txt:1: no voice: " in done.stderr, done.stderr


# --- nothing is shipped without ---------------------------------------------------------------------


def test_each_shipped_profile_has_its_shape():
    shipped = {os.path.basename(path)[:-4] for path in glob.glob(os.path.join(PROVIDERS, "*.ini"))}
    assert shipped - WITHOUT_SHAPE == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_each_file_says_where_its_facts_are_from(name):
    with open(os.path.join(PROVIDERS, f"{name}.ini"), encoding="utf-8") as file:
        text = file.read()
    assert text.startswith("# ") and f"\n[profile:{name}]\n" in text
    head = text[: text.index("\n[profile:")]
    assert "20" in head and ("http" in head or "openai JS" in head)


def as_shipped(tmp_path, text, environment):
    """`ttsq check --origin` of the profiles as they are shipped."""
    (tmp_path / "ttsq.ini").write_text(text)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TTSQ_", "XDG_"))}
    return subprocess.run([program(), "check", "--origin"], capture_output=True, text=True, cwd=tmp_path,
                          env={**clean, "HOME": str(tmp_path), "TTSQ_CONFIG": str(tmp_path / "ttsq.ini"),
                               **environment}, timeout=30)


def test_the_profiles_are_whole_as_shipped(tmp_path):
    """With their secrets, and what their files ask for, all are in service at their own addresses."""
    own = {"azure": "base_url = https://westeurope.tts.speech.microsoft.com",
           "volcengine-v1": "var.appid = 1", "openai-compat": "base_url = https://h.example/v1\nmodel = m\nvoice = v"}
    text = "".join(f"[profile:{name}]\n{own.get(name, '')}\n" for name in SHAPES)
    done = as_shipped(tmp_path, text, SECRETS)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in SHAPES:
        assert f"\n[profile:{name}]\n" in done.stdout
    assert "[profile:openai]" in done.stdout and "expires = 2027-01-06" in done.stdout
    assert not any(value in done.stdout for value in SECRETS.values() if len(value) > 8)


@pytest.mark.parametrize("name", [name for name, shape in SHAPES.items() if "secret" in shape["test"]])
def test_a_profile_is_in_service_once_its_secret_is_there(tmp_path, name):
    without = as_shipped(tmp_path, "", {})
    assert without.returncode == 0 and f"[profile:{name}]" not in without.stdout
    served = as_shipped(tmp_path, "", SHAPES[name]["test"]["secret"])
    expected = name not in ("azure", "volcengine-v1", "openai-compat", "localai")  # need a section, too
    assert (f"\n[profile:{name}]\n" in served.stdout) == expected, served.stdout
