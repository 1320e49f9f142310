"""A command on a terminal of its own, and what a person would see there."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


class Terminal:
    """with Terminal(words, environment, columns=80, rows=24) as terminal: …"""

    def __init__(self, words, environment, columns=80, rows=24, cwd=None):
        self.master, self.slave = pty.openpty()
        self.said = ""
        self.resize(columns, rows, tell=False)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [str(word) for word in words], stdin=self.slave, stdout=self.slave, stderr=self.slave,
            env={**environment, "TERM": "xterm"}, cwd=cwd, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        os.close(self.master)
        os.close(self.slave)

    def resize(self, columns, rows, tell=True):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def read(self, condition, seconds=30):
        """Reads until condition(all that was said) is true; returns its value."""
        deadline = time.monotonic() + seconds
        while not condition(self.said):
            assert time.monotonic() < deadline, f"not seen within {seconds} s:\n{self.said!r}"
            if select.select([self.master], [], [], 0.05)[0]:
                self.said += os.read(self.master, 65536).decode(errors="replace")
        return condition(self.said)

    def frames(self):
        """The whole ones, as lists of lines without what steers the terminal."""
        whole = re.findall(r"\x1b\[\?2026h(.*?)\x1b\[\?2026l", self.said, re.S)
        return [re.sub(r"\x1b\[[?0-9;]*[A-Za-z]|\r", "", frame).split("\n") for frame in whole]

    def next_frame(self):
        """One that began after now."""
        seen = len(self.frames())
        self.read(lambda _: len(self.frames()) > seen + 1)
        return self.frames()[-1]

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def wait(self, seconds=30):
        """The exit code; reads what is still said."""
        self.read(lambda _: self.process.poll() is not None, seconds)
        while select.select([self.master], [], [], 0)[0]:
            self.said += os.read(self.master, 65536).decode(errors="replace")
        return self.process.returncode
