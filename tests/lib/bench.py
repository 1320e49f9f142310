"""What the benches share: the machine, a table of figures beside what is wanted, and what a command took."""

import collections
import os
import platform
import select
import subprocess
import sys
import time

ROW = "%-58s %10s %10s %10s  %s"
LOOK_S = 0.02

Took = collections.namedtuple("Took", "wall_s cpu_s rss_mib")


def program(name):
    """One of the build in TTSQ_BIN."""
    build = os.path.abspath(os.environ.setdefault("TTSQ_BIN", "build"))
    for folder in (build, os.path.join(build, "tests")):
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    sys.exit("bench: %s is not built in %s" % (name, build))


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def environment(*remarks):
    """Prints what the figures were measured on; a load above 0 says whether they can be trusted."""
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), "?")
    print("%s, %d cores, Linux %s, load %.1f" % (cpu, os.cpu_count(), platform.release(), os.getloadavg()[0]))
    print(output(program("ttsq"), "version").strip())
    print(*remarks, sep="\n", end="\n\n")
    show("what", "ttsq", "limit", "reach", "")


def show(what, value, limit, reach, note=""):
    print(ROW % (what, value, limit, reach, note), flush=True)


def _peak_mib(pid):
    """wait4's maximum will not do: it begins with the size of the process that forked."""
    try:
        with open("/proc/%d/status" % pid) as status:
            return next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def timed(command, env=None):
    """Runs it to its end, which must be good."""
    begin = time.monotonic()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ended = os.pidfd_open(process.pid)
    peak = 0
    while not select.select([ended], [], [], LOOK_S)[0]:
        peak = max(peak, _peak_mib(process.pid))
    wall = time.monotonic() - begin
    os.close(ended)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit("bench: %s failed" % command)
    return Took(wall, usage.ru_utime + usage.ru_stime, peak)
