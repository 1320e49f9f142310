"""Completion: each shell, on a real terminal, completes a line and runs it; what arrives is compared.

A line is typed with TABs in it. Then Ctrl-A and a command that prints its words are put in front of
it, and Enter: so the test sees what the shell made of the line, quoting included.
"""

import os
import pty
import select
import shutil
import signal
import subprocess
import time

import pytest

from fleet import program

DEADLINE_S = 60
PROMPT = "ready> "
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "PS1='rea''dy> '; source <(ttsq completion bash)"),
    "zsh": (["zsh", "-f", "-i"], "unsetopt zle_bracketed_paste prompt_sp 2>/dev/null; autoload -Uz compinit;"
            " compinit -u -D; source <(ttsq completion zsh); PS1='rea''dy> '"),
    "fish": (["fish", "--no-config", "-i"], "function fish_prompt; printf 'rea%s' 'dy> '; end;"
             " function fish_right_prompt; end; ttsq completion fish | source"),
}
BATCHES = ("morning", "chapter one", "a:b=c")


def ttsq(*args, env):
    done = subprocess.run([program(), *args], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    (folder / "ttsq.ini").write_text("[ttsq]\ndatabase = queue.db\nresults = results\n"
                                     "[account:studio]\n[profile:narrator]\ninherit = say\n"
                                     "account = studio\n")
    (folder / "inside").mkdir()
    (folder / "chapter.txt").write_text("A line.\n")
    env = {"HOME": str(folder), "TTSQ_CONFIG": str(folder / "ttsq.ini"), "LC_ALL": "C.UTF-8",
           "PATH": os.path.dirname(program()) + ":" + os.environ["PATH"], "TERM": "dumb"}
    for name in BATCHES:
        ttsq("enqueue", "--batch", name, "--force", str(folder / "chapter.txt"), env=env)
    ttsq("hold", "morning", env=env)
    return folder, env


class Shell:
    def __init__(self, name, home):
        command, setup = SHELLS[name]
        folder, env = home
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, env)
        self.seen = b""
        self.type(setup + "\r")
        self.wait_for(PROMPT)

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, text):
        deadline = time.monotonic() + DEADLINE_S
        while text.encode() not in self.seen:
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"no '{text}' in: {self.seen.decode(errors='replace')}"
            self.seen += os.read(self.fd, 4096)
        before, _, self.seen = self.seen.partition(text.encode())
        return before.decode(errors="replace")

    def words(self, line):
        """The words that the line has after its TABs."""
        self.type(line + "\x01printf 'word<%s>' \r")
        said = ""
        while "word<ttsq>" not in said.replace("word<%s>", ""):
            said += self.wait_for(PROMPT)
        answer = said[said.rindex("word<ttsq>"):]
        return [part.split(">")[0] for part in answer.split("word<")[2:]]

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture(params=sorted(SHELLS))
def shell(request, home):
    if not shutil.which(SHELLS[request.param][0][0]):
        pytest.skip(f"{request.param} is not installed")
    running = Shell(request.param, home)
    yield running
    running.close()


def test_a_shell_completes_words(shell):
    cases = {
        "ttsq stat\t": ["status"],
        "ttsq enqueue --prio\t3": ["enqueue", "--priority", "3"],
        "ttsq get mor\t": ["get", "morning"],
        "ttsq get chap\t": ["get", "chapter one"],
        "ttsq get a:b\t": ["get", "a:b=c"],
        "ttsq list --state fai\t": ["list", "--state", "failed"],
        "ttsq list --state=fai\t": ["list", "--state=failed"],
        "ttsq run --profile narr\t": ["run", "--profile", "narrator"],
        "ttsq enqueue chapt\t": ["enqueue", "chapter.txt"],
        "ttsq get morning -o ins\t": ["get", "morning", "-o", "inside"],
        "ttsq cap stu\t": ["cap", "studio"],
    }
    for line, words in cases.items():
        found = shell.words(line)
        assert [word.rstrip("/") for word in found] == words, line  # zsh takes back a folder's slash


def offers(home, *words):
    kind, *lines = ttsq("__complete", *words, env=home[1]).splitlines()
    return kind, [line.split("\t")[0] for line in lines]


def test_what_is_offered(home):
    kind, commands = offers(home, "")
    assert kind == ":none" and {"run", "get", "--help"} <= set(commands)
    assert "worker" not in commands and "__complete" not in commands
    assert offers(home, "wait", "") == (":none", sorted(BATCHES, key=BATCHES.index))
    assert offers(home, "wait", "--timeout", "") == (":none", [])
    assert offers(home, "log", "morning", "") == (":none", [])
    assert offers(home, "get", "morning", "")[1] == list(BATCHES)
    assert offers(home, "get", "-o", "x", "")[1] == list(BATCHES)
    assert offers(home, "get", "-ox", "")[1] == list(BATCHES)
    assert offers(home, "get", "--", "")[1] == list(BATCHES)
    assert offers(home, "enqueue", "a", "b", "") == (":files", [])
    assert offers(home, "show", "")[1] == ["1"]  # the held one
    assert offers(home, "nothing", "") == (":none", [])
    assert "--parent-fd" not in offers(home, "supervise", "--")[1]


def test_every_command_offers_its_help_and_its_options(home):
    for command in offers(home, "")[1]:
        if not command.startswith("-"):
            said = ttsq(command, "--help", env=home[1])
            options = offers(home, command, "--")[1]
            assert "--help" in options
            assert all(option in said for option in options)


def test_without_a_store_nothing_is_said_and_nothing_made(tmp_path):
    env = {"HOME": str(tmp_path), "TTSQ_CONFIG": "/nowhere/ttsq.ini", "PATH": os.environ["PATH"]}
    done = subprocess.run([program(), "__complete", "get", ""], env=env, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b":none\n", b"")
    assert list(tmp_path.iterdir()) == []


def test_bad_shell_is_a_usage_error():
    done = subprocess.run([program(), "completion", "tcsh"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "bash, zsh or fish" in done.stderr
