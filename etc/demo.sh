#!/bin/sh
# demo.sh: real speech from real texts through a capped API, on a bare machine and with no account.
# Builds ttsq, starts the local speech endpoint with a cap of 4 calls, puts an English and a Chinese
# text into one queue, and lets a supervised fleet work them off. All files go to build/demo.
. "$(dirname "$0")/setup.sh"
set -eu

cap=4
build=build/release
work=build/demo
text_dir=$PWD/etc/demo

echo "demo: building, about a minute" >&2
cmake --preset release >/dev/null
cmake --build --preset release | tail -n 1
rm -rf "$work" && mkdir -p "$work"
export PATH="$PWD/$build:$PATH"

say_pid=""
supervisor_pid=""
finish() {
    [ -z "$supervisor_pid" ] || kill "$supervisor_pid" 2>/dev/null || true
    [ -z "$supervisor_pid" ] || wait "$supervisor_pid" 2>/dev/null || true
    [ -z "$say_pid" ] || kill "$say_pid" 2>/dev/null || true
}
trap finish EXIT INT TERM

cd "$work"
ttsq-say --listen 127.0.0.1:0 --cap "$cap" --port-file say.port --ledger say.ledger 2>say.log &
say_pid=$!
while [ ! -s say.port ]; do
    kill -0 "$say_pid" 2>/dev/null || { cat say.log >&2; exit 1; }
    sleep 0.1
done
port=$(cat say.port)

cat >ttsq.ini <<INI
[ttsq]
database = queue.db
results = results
runtime = run
workers = 2
profile = demo

[account:demo]
concurrency = $cap

[profile:demo]
inherit = say
account = demo
base_url = http://127.0.0.1:$port/v1
format = wav
INI
export TTSQ_CONFIG="$PWD/ttsq.ini"

ttsq supervise 2>supervise.log &
supervisor_pid=$!

ttsq enqueue --batch english "$text_dir/english.txt" 2>/dev/null
ttsq enqueue --batch chinese --voice cmn "$text_dir/chinese.txt" 2>/dev/null
ttsq wait english
ttsq wait chinese
ttsq get english -o english
ttsq get chinese -o chinese
ttsq status

echo
python3 - <<'SUMMARY'
import glob, json, wave
calls = most = 0
for line in open("say.ledger"):
    event = json.loads(line)
    calls += event["ev"] == "accepted"
    most = max(most, event["in_flight"])
files = sorted(glob.glob("english/[0-9]*.wav")) + sorted(glob.glob("chinese/[0-9]*.wav"))
seconds = 0.0
for name in files:
    with wave.open(name) as sound:
        seconds += sound.getnframes() / sound.getframerate()
print(f"{len(files)} files, {seconds:.1f} s of speech, {calls} calls, at most {most} in flight")
print("listen:  aplay " + "build/demo/" + files[0])
SUMMARY
