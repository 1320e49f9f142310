"""The fault matrix: 43 ways to break ttsq, and what shows that it holds. `run` runs it, test_rows.py checks it.

A proof is a file of pytest with its options ("fleet/test_crash.py -k death_at"), a program of cmocka
("test_store_wal_reset"), or "ctest PATTERN". `ci` is run at every push; `release` before a release: a number
repeats ci so often, a string is a command of its own, from tests/ with TTSQ_BIN set. `why` says what a row leaves out.
"""
import collections

Row = collections.namedtuple("Row", "number fault ci release why", defaults=("",))

ROWS = [
    Row(1, "worker killed at each named point", ["fleet/test_crash.py -k 'death_at or adopted or death_between'"], 50),
    Row(2, "kill storm of workers under load", ["fault/test_kill_storm.py -k worker"], "fault/kill_storm.py --kills 10000"),
    Row(3, "killed at each system call", ["fault/test_syscalls.py"], 1),
    Row(4, "supervisor killed", ["fault/test_kill_storm.py -k supervisor", "fleet/test_crash.py -k supervisor_killed"],
        "fault/kill_storm.py --kills 1000 --victim supervisor"),
    Row(5, "everything killed together, cold start", ["fault/test_kill_storm.py -k all", "fault/test_deaths.py -k cold"],
        "fault/kill_storm.py --kills 1000 --victim all"),
    Row(6, "power cut", [], "fault/power_cut.py --build $TTSQ_BIN --cuts 300",
        "12 s a cut and a kernel to download are too much for each push; the system calls are swept there (3)"),
    Row(7, "power cut with writes of a disk cache lost or reordered", ["fault/test_lost_writes.py"],
        "TTSQ_POINTS=200 pytest fault/test_lost_writes.py"),
    Row(8, "disk full at each write", ["fault/test_syscalls_failing.py -k ENOSPC", "fleet/test_full.py", "test_store_full"], 5),
    Row(9, "EIO at each write and sync, once and for ever", ["fault/test_syscalls_failing.py -k EIO", "fleet/test_damage.py -k io_error"], 5),
    Row(10, "short writes, interrupted writes", ["fault/test_shim.py -k short"], 20),
    Row(11, "allocations that fail", ["fault/test_shim.py -k memory"], "TTSQ_POINTS=5000 pytest fault/test_shim.py -k memory"),
    Row(12, "the kernel's killer, out of memory", ["fault/test_memory.py -k kernel"], 50),
    Row(13, "frozen past the lease, then thawed", ["fault/test_clock.py -k slept", "fleet/test_frozen.py", "fleet/test_crash.py -k frozen"], 50),
    Row(14, "wall clock by a day, by ten years", ["fault/test_clock.py -k jumps"], 50),
    Row(15, "another boot with leases held", ["fault/test_clock.py -k another_boot", "test_store_open"], 50),
    Row(16, "a dead worker's number is another's", ["fault/test_deaths.py -k number"], 50),
    Row(17, "closed without an answer on a kept connection", ["fleet/test_answers.py -k silent-close", "fleet/test_decode.py -k comes_out_whole"], 20),
    Row(18, "reset before, after, amid", ["fleet/test_answers.py -k 'reset or not_there_yet'"], 20),
    Row(19, "cut, empty, wrong type, wrong length", ["fleet/test_answers.py -k 'cut or empty or html or error'"], 20),
    Row(20, "429, 503, Retry-After", ["fleet/test_answers.py -k 'retry_after or refusal'", "fleet/test_flow.py -k told"], 20),
    Row(21, "outage and recovery", ["fleet/test_flow.py -k 'down or whole_provider'"], 10),
    Row(22, "drip and silence", ["fleet/test_answers.py -k silent_provider", "fleet/test_decode.py -k kind_of_waiting"], 20),
    Row(23, "answers without an end", ["fleet/test_answers.py -k huge", "fleet/test_decode.py -k no_memory"], 20),
    Row(24, "names that do not resolve or lead inside", ["fault/test_network.py -k resolve", "test_call_guard"], 20,
        "a resolver that takes 30 s is not tried: libcurl looks up in a thread of its own"),
    Row(25, "TLS: expired, wrong host, self-signed, TLS 1.1", ["fault/test_network.py -k tls"], 2),
    Row(26, "redirect to another host", ["fleet/test_answers.py -k redirect"], 10),
    Row(27, "packet loss, long ways", ["fault/test_loss.py"], 20, "long ways are the witness's latency: no netem in this kernel"),
    Row(28, "too few descriptors", ["fleet/test_damage.py -k descriptors"], 10, "no test runs out of local ports"),
    Row(29, "HTTP/2: GOAWAY, refused streams", [], "", "does not apply: paid calls are HTTP/1.1, one connection each"),
    Row(30, "foreign writers, a long reader, a backup", ["fault/test_compound.py -k foreign", "fleet/test_backup.py -k under_load"], 50),
    Row(31, "checkpoint against a racing writer", ["test_store_wal_reset"], 100),
    Row(32, "other tools on the live file", ["fleet/test_manual.py -k sql_7", "fleet/test_one_fleet.py"], 2),
    Row(33, "SIGTERM under load, its deadline, a second one", ["fleet/test_drain.py", "fleet/test_supervisor.py -k 'drain or term'"], 20),
    Row(34, "a hung worker, a hung supervisor", ["fleet/test_supervisor.py -k 'hung or watchdog'", "fleet/test_crash.py -k frozen_worker"], 20),
    Row(35, "a text that kills its worker", ["fault/test_deaths.py -k kills"], 50),
    Row(36, "hostile bytes for every reader", ["ctest ^fuzz_"], "fuzz/run 3600"),
    Row(37, "escapes, paths, line ends in texts and names", ["fleet/test_hardening.py -k hostile", "fleet/test_view.py -k hostile", "fleet/test_get.py -k safe_names"], 1),
    Row(38, "two supervisors, two versions, a migration cut short", ["fleet/test_one_fleet.py -k second", "fleet/test_usage.py -k newer",
                                                                    "fault/test_deaths.py -k migration"], 5),
    Row(39, "several faults at once", ["fault/test_compound.py -k test_compound"], "TTSQ_SEEDS=500 pytest fault/test_compound.py -k test_compound"),
    Row(40, "swizzle", ["fault/test_compound.py -k swizzle"], 100),
    Row(41, "the rules in simulation", ["ctest ^(sim|test_sim|test_queue)"], "sim/run --seed 20000 --seeds 20000"),
    Row(42, "the lease protocol's model", ["ctest ^model_lease$"], "model/run --large"),
    Row(43, "sanitizers over the whole suite", [], "cd .. && cmake --workflow --preset asan", "a build of its own"),
]
