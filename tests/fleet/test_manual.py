"""The manual pages: they render without a complaint, name everything, and their examples run."""

import configparser
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from fleet import Fleet, program

ETC = pathlib.Path(__file__).parents[2] / "etc"
PAGES = pathlib.Path(program()).parent / "man"
NAMES = sorted(path.stem for path in (ETC / "man").glob("*.scd"))

pytestmark = pytest.mark.skipif(not PAGES.exists(), reason="built without scdoc")


def ran(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return done


def read(name):
    """A page as plain text, each paragraph on one line."""
    env = {**os.environ, "MANWIDTH": "5000", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": "", "GROFF_NO_SGR": "1"}
    done = ran("sh", "-c", 'man --warnings -E UTF-8 -l "$0" | col -b', PAGES / name, env=env)
    assert done.stderr == "", done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_page_renders_without_warnings(name):
    if not shutil.which("man") or not shutil.which("col"):
        pytest.skip("man is not installed")
    assert not re.findall(r"^ *@[A-Z]+@ *$", read(name), re.M)
    if shutil.which("mandoc"):
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", PAGES / name], capture_output=True,
                              text=True)
        mine = [line for line in lint.stdout.splitlines() if "paragraph macro: PP" not in line]  # scdoc's
        assert mine == []


def offered(*words):
    lines = ran(program(), "__complete", *words).stdout.splitlines()[1:]
    return [line.split("\t")[0] for line in lines]


def test_ttsq_1_has_every_command_and_option():
    text = (PAGES / "ttsq.1").read_text().replace("\\-", "-")
    parts = dict(zip(*[iter(re.split(r"^\.SS ttsq ([a-z]+).*$", text, flags=re.M)[1:])] * 2))
    commands = [word for word in offered("") if not word.startswith("-")]
    assert sorted(parts) == sorted(commands)
    for command in commands:
        for option in offered(command, "--"):
            assert option == "--help" or option in parts[command], f"{command} {option}"


def test_ttsq_ini_5_has_every_key():
    text = (PAGES / "ttsq.ini.5").read_text().replace("\\&", "")
    keys = set()
    for line in (ETC / "ttsq.ini").read_text().splitlines():
        section = re.match(r"\[(\w+)", line)
        wanted = section.group(1) != "profile" if section else locals().get("wanted", False)
        key = re.match(r";?([a-z_.]+) = ", line)
        if wanted and key:
            keys.add(key.group(1))
    assert {"database", "workers", "concurrency"} <= keys
    for key in keys:
        assert f"\\fB{key}\\fR = " in text, key


def test_ttsq_ini_5_example_is_accepted(tmp_path):
    source = (ETC / "man" / "ttsq.ini.5.scd").read_text()
    config = tmp_path / "ttsq.ini"
    config.write_text(re.search(r"^```\n(.*?)^```$", source, re.M | re.S).group(1))
    env = {**os.environ, "HOME": str(tmp_path), "TTSQ_CONFIG": str(config), "OPENAI_API_KEY": "a key"}
    said = subprocess.run([program(), "check"], env=env, capture_output=True, text=True).stdout
    assert f"ok    configuration: {config}" in said and "ok    secrets" in said, said


def test_ttsq_supervise_8_agrees_with_the_unit():
    unit = configparser.ConfigParser(strict=False, allow_no_value=True)
    unit.optionxform = str
    unit.read_string((ETC / "systemd" / "ttsq.service").read_text())
    source = (ETC / "man" / "ttsq-supervise.8.scd").read_text()
    for code in unit["Service"]["RestartPreventExitStatus"].split():
        assert re.search(rf"^\*{code}\*\n\t.*Not restarted", source, re.M), code
    assert f"*Type={unit['Service']['Type']}*" in source
    assert f"*KillMode={unit['Service']['KillMode']}*" in source


# ---- the examples of ttsq-sql(7) ----


def blocks():
    source = (ETC / "man" / "ttsq-sql.7.scd").read_text()
    return re.findall(r"^```\n(.*?)^```$", source, re.M | re.S)


def block(word):
    found = [text for text in blocks() if word in text]
    assert len(found) == 1, word
    return found[0]


def has_node_sqlite():
    return shutil.which("node") and subprocess.run(
        ["node", "-e", "require('node:sqlite')"], capture_output=True).returncode == 0


EXAMPLES = {
    "from-shell": ("sqlite3 queue.db", ["sh"], 2),
    "from-python": ("import sqlite3", ["python3", "-"], 2),
    "from-node": ("node:child_process", ["node", "--input-type=module", "-"], 2),
    "from-new-node": ("node:sqlite", ["node", "--input-type=module", "-"], 2),
}


@pytest.mark.parametrize("batch", EXAMPLES)
def test_ttsq_sql_7_examples_run(tmp_path, batch):
    word, command, jobs = EXAMPLES[batch]
    needed = [command[0]] + ["sqlite3"] * (batch in ("from-shell", "from-node"))
    missing = [name for name in needed if not shutil.which(name)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if batch == "from-new-node" and not has_node_sqlite():
        pytest.skip("this node has no node:sqlite")
    with Fleet(tmp_path) as fleet:
        fleet.start()
        database = pathlib.Path(fleet.settings["database"])
        ran(*command, input=block(word), cwd=database.parent)
        fleet.wait(batch)
        assert fleet.batch(batch)["done"] == jobs
        for sql in block("n_failed + n_held").split(";\n")[:-1]:
            fleet.query(sql)
        fleet.stop()
        fleet.run("check", "--deep")


def test_ttsq_sql_7_names_columns_that_are_there(tmp_path):
    source = (ETC / "man" / "ttsq-sql.7.scd").read_text().split("# TABLES FOR READING")[1]
    tables = re.findall(r"^\*(\w+)\*\n\t(.*?)\n\n", source, re.M | re.S)
    assert [table for table, _ in tables] == ["batch", "job", "job_text", "attempt"]
    with Fleet(tmp_path) as fleet:
        fleet.enqueue("b", fleet.texts(1))
        for table, text in tables:
            columns = re.findall(r"\*([a-z_]+)\*", text)
            assert columns
            fleet.query(f"SELECT {', '.join(columns)} FROM {table}")


def test_ttsq_sql_7_names_every_column_of_the_view(tmp_path):
    source = (ETC / "man" / "ttsq-sql.7.scd").read_text()
    part = source.split("# THE VIEW ENQUEUE")[1].split("# EXAMPLES")[0]
    with Fleet(tmp_path) as fleet:
        fleet.enqueue("b", fleet.texts(1))
        columns = [row[1] for row in fleet.query("PRAGMA table_info(enqueue)")]
    assert set(re.findall(r"^\*(\w+)\* \(", part, re.M)) | set(re.findall(r", \*(\w+)\* \(", part)) == set(columns)


COMMANDS = re.findall(r"^  (\w+) +\S", subprocess.run([program(), "--help"], capture_output=True, text=True).stdout
                      .split("more):\n")[1], re.M)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_whole_on_80_columns(command):
    """An example stays on its line; nothing is left over at the ends of lines or of the text."""
    text = ran(program(), "help", command).stdout
    assert text.endswith("\n") and not re.search(r"[ \t]$", text, re.M), text
    broken = re.findall(r"^  ttsq .*\n(?!\n|  )[^\n]+", text.split("\n\n", 1)[1], re.M)
    assert not broken, broken
    assert max(map(len, text.splitlines())) <= 80
