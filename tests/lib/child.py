#!/usr/bin/python3 -SE
"""A child of the supervisor for its tests: a real process that speaks the protocol of fleet/link.h.

It takes the place of `ttsq worker` (TTSQ_WORKER_EXE), tells the test what happens to it by datagrams
to CHILD_DIR/events ("kind id pid restarts what"), and takes orders at CHILD_DIR/<pid>: "ready",
"calls N", "hush" (no more beats), "exit N". CHILD_DIR/plan.json says per kind what it does by itself:
"auto" (ready at once, ends when drained), "wait" (for orders), "exit N" (at once); "deaf" is "auto"
that obeys neither drain nor stop.
"""
import json
import os
import select
import signal
import socket
import sys
import time

BEAT_S = 0.25

home = os.environ["CHILD_DIR"]
kind, identity, restarts = sys.argv[2], sys.argv[4], sys.argv[6]
descriptors = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1]  # the last is listdir's own
events = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
orders = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
calls = 0
beating = False


def tell(what):
    try:
        events.sendto(f"{kind} {identity} {os.getpid()} {restarts} {what}".encode(), home + "/events")
    except OSError:
        pass  # the test is over


def report(line):
    try:
        os.write(1, (line + "\n").encode())
    except BrokenPipeError:
        pass  # fd 0 tells it


def ready():
    global beating
    tell("ready")
    report("ready")
    beating = True


def finish(code):
    os.unlink(f"{home}/{os.getpid()}")
    tell(f"exit {code}")
    os._exit(code)


def control(line, plan):
    tell(line)
    if plan == "auto" and line in ("drain", "eof"):
        finish(0)
    if plan != "deaf" and line == "stop":
        finish(0)


def order(text):
    global calls, beating
    word, _, value = text.partition(" ")
    if word == "ready":
        ready()
    elif word == "calls":
        calls = int(value)
        report(f"beat {calls}")
    elif word == "hush":
        beating = False
    elif word == "say":
        report(value)
    elif word == "exit":
        finish(int(value))


def main():
    with open(home + "/plan.json", encoding="utf-8") as file:
        plan = json.load(file).get(kind, "auto")
    orders.bind(f"{home}/{os.getpid()}")
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: tell("term"))
    tell("start " + ",".join(map(str, descriptors)))
    if plan.startswith("exit"):
        finish(int(plan.split()[1]))
    if plan != "wait":
        ready()
    inputs, rest, next_beat = [0, orders], b"", time.monotonic()
    while True:
        wait = max(0, next_beat - time.monotonic())
        readable = select.select(inputs, [], [], wait)[0]
        if time.monotonic() >= next_beat:
            next_beat = time.monotonic() + BEAT_S
            if beating:
                report(f"beat {calls}")
                tell("beat")
        if orders in readable:
            order(orders.recv(100).decode())
        if 0 in readable:
            data = os.read(0, 4096)
            rest += data
            *lines, rest = rest.split(b"\n")
            for line in lines:
                control(line.decode(), plan)
            if not data:
                inputs.remove(0)
                control("eof", plan)


main()
