"""Commands as a person and a script give them: in a folder of its own, with a configuration there."""

import json
import os
import pathlib
import sqlite3
import subprocess

from fleet import program

OK, FAILED, USAGE, SOME_FAILED, NOT_FOUND, NO_SERVICE, DB, CORRUPT, LATER, CONFIG, INTERRUPTED = (
    0, 1, 2, 3, 4, 5, 6, 65, 75, 78, 130)
DEADLINE_S = 60


class Cli:
    """Commands in an empty folder with a configuration of its own."""

    def __init__(self, home, base_url="http://127.0.0.1:9/v1", profile=""):
        self.home = pathlib.Path(home)
        self.base_url = base_url
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("TTSQ_", "XDG_"))}
        self.environment.update(TTSQ_CONFIG=str(self.home / "ttsq.ini"), HOME=str(self.home))
        self.write("ttsq.ini", f"""[ttsq]
database = data/queue.db
results = data/results
runtime = data/run
workers = 2
profile = main
[account:main]
concurrency = 4
[profile:main]
account = main
inherit = openai-compat
base_url = {base_url}
model = tts-1
voice = alloy
format = wav
{profile}
""")

    def write(self, name, content):
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def start(self, *words, **options):
        return subprocess.Popen([program(), *map(str, words)], cwd=self.home,
                                env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def run(self, *words, stdin=b"", before=()):
        """Exit code, standard output and standard error of a command that ends by itself."""
        done = subprocess.run([*before, program(), *map(str, words)], cwd=self.home,
                              env=self.environment, capture_output=True, timeout=DEADLINE_S,
                              input=stdin)
        assert done.returncode >= 0, f"{words}: ended by signal {-done.returncode}\n{done.stderr!r}"
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def __call__(self, *words, code=OK, stdin=b"", before=()):
        """Standard output and standard error of a command that must end with `code`."""
        ended, out, error = self.run(*words, stdin=stdin, before=before)
        assert code in (None, ended), f"{words}: exit {ended}\n{out}\n{error}"
        return out, error

    def json(self, *words, code=OK, stdin=b""):
        return json.loads(self(*words, "--json", code=code, stdin=stdin)[0])

    def jobs(self, batch):
        return self.json("list", batch)

    def texts(self, batch):
        return [job["text"] for job in self.jobs(batch)]

    def batches(self):
        return [batch["name"] for batch in self.json("status")["batches"]]

    def sql(self, statement, *values):
        with sqlite3.connect(self.home / "data/queue.db") as connection:
            return connection.execute(statement, values).fetchall()


def names_in(folder):
    return sorted(os.listdir(folder))
