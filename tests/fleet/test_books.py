"""Books: documents and chapters in; one file with chapters, or files as they finish, out."""

import json
import os
import shutil
import subprocess
import wave
import zipfile

import pytest

from fleet import SLOWER, Fleet, program, until

FAILED, BAD_INPUT = 1, 2
NOTHING, PARAGRAPH, CHAPTER = 0, 1, 2
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed: m4b is untested")
needs_pandoc = pytest.mark.skipif(not shutil.which("pandoc"), reason="pandoc is not installed: documents are untested")


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path) as fleet:
        yield fleet


def write(fleet, name, content):
    path = fleet.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def jobs(fleet, batch):
    """What the batch's jobs are: (begins, chapter, text) of each."""
    return fleet.query("SELECT t.begins, t.chapter, t.text FROM job j JOIN job_text t ON t.job_id = j.id "
                       "JOIN batch b ON b.id = j.batch_id WHERE b.name = ? ORDER BY j.seq", batch)


# ---- what begins where ---------------------------------------------------------------------------

def test_files_are_chapters(fleet):
    write(fleet, "book/02 The End.txt", "three\n")
    write(fleet, "book/01 Begin.txt", "one\ntwo\n\nnew\n")
    fleet.run("enqueue", fleet.home / "book")
    assert jobs(fleet, "book") == [
        (CHAPTER, "01 Begin", "one"), (NOTHING, "01 Begin", "two"), (PARAGRAPH, "01 Begin", "new"),
        (CHAPTER, "02 The End", "three")]
    fleet.run("enqueue", fleet.home / "book/01 Begin.txt", "--batch", "alone")
    assert [job[:2] for job in jobs(fleet, "alone")] == [(0, None), (0, None), (1, None)]


@pytest.mark.parametrize("split, begins", [("paragraph", [1, 1]), ("sentence", [1, 0, 1]), ("none", [1])])
def test_sentences_know_their_paragraph(fleet, split, begins):
    write(fleet, "a.txt", "One here. Two here.\n\nThree.\n")
    fleet.run("enqueue", fleet.home / "a.txt", "--split", split)
    assert [job[0] for job in jobs(fleet, "a")] == begins


def test_rows_have_chapters(fleet):
    rows = [("A", "1"), ("A", "2"), ("B", "3"), ("", "4")]
    wanted = [(CHAPTER, "A", "1"), (PARAGRAPH, "A", "2"), (CHAPTER, "B", "3"), (CHAPTER, None, "4")]
    write(fleet, "rows.csv", "chapter,text\n" + "".join(f"{chapter},{text}\n" for chapter, text in rows))
    write(fleet, "lines.jsonl", "".join(json.dumps({"chapter": chapter, "text": text}) + "\n" for chapter, text in rows))
    for name in "rows.csv", "lines.jsonl":
        fleet.run("enqueue", fleet.home / name)
        assert jobs(fleet, name.split(".")[0]) == wanted


def test_the_manifest_names_chapters(fleet):
    write(fleet, "rows.csv", "chapter,text\nOne,hello there\n,good bye\n")
    fleet.start()
    fleet.run("enqueue", fleet.home / "rows.csv")
    fleet.wait("rows")
    fleet.run("get", "rows", "-o", fleet.home / "out")
    manifest = json.loads((fleet.home / "out/manifest.json").read_text())
    assert [job["chapter"] for job in manifest["jobs"]] == ["One", None]
    fleet.stop()


# ---- documents -----------------------------------------------------------------------------------

BOOK = """---
title: A Book
---

# Part One

## Chapter *1*

It was "dark"
and stormy[^1]. See [this](http://example.org/).

[^1]: a note

- item one
- item two

```
code
```

| a | b |
|---|---|
| 1 | 2 |

![picture](x.png)

> He paid $5 and $6.

| Roses are red,
| violets blue.

### Not a chapter

## 第二章

天地玄黄，
宇宙洪荒。
"""
BLOCKS = [
    (CHAPTER, "Part One", "Part One"), (CHAPTER, "Chapter 1", "Chapter 1"),
    (PARAGRAPH, "Chapter 1", 'It was "dark" and stormy. See this.'),
    (PARAGRAPH, "Chapter 1", "item one"), (PARAGRAPH, "Chapter 1", "item two"),
    (PARAGRAPH, "Chapter 1", "He paid $5 and $6."),
    (PARAGRAPH, "Chapter 1", "Roses are red,\nviolets blue."),
    (PARAGRAPH, "Chapter 1", "Not a chapter"),
    (CHAPTER, "第二章", "第二章"), (PARAGRAPH, "第二章", "天地玄黄，宇宙洪荒。")]


def make_epub(markdown, path):
    subprocess.run(["pandoc", "-f", "markdown-smart", "-o", path], input=markdown.encode(), check=True,
                   stderr=subprocess.DEVNULL)


@needs_pandoc
def test_markdown(fleet):
    write(fleet, "a.md", BOOK)
    said = fleet.command("enqueue", fleet.home / "a.md")
    assert said.returncode == 0, said
    assert "not read aloud: 1 image, 1 table, 1 block of code, 1 note" in said.stderr
    assert jobs(fleet, "a") == BLOCKS
    fleet.run("enqueue", fleet.home / "a.md", "--split", "sentence", "--batch", "sentences")
    assert jobs(fleet, "sentences")[2:4] == [
        (PARAGRAPH, "Chapter 1", 'It was "dark" and stormy.'), (NOTHING, "Chapter 1", "See this.")]
    fleet.run("enqueue", fleet.home / "a.md", "--split", "none", "--batch", "chapters")
    whole = jobs(fleet, "chapters")
    assert [job[:2] for job in whole] == [(CHAPTER, "Part One"), (CHAPTER, "Chapter 1"), (CHAPTER, "第二章")]
    assert whole[1][2] == "\n\n".join(block[2] for block in BLOCKS[1:8])
    assert "nothing added" in fleet.run("enqueue", fleet.home / "a.md")


@needs_pandoc
def test_epub(fleet):
    make_epub(BOOK, fleet.home / "a.epub")
    fleet.run("enqueue", fleet.home / "a.epub")
    straight = [(*job[:2], job[2].replace("“", '"').replace("”", '"').replace("，\n", "，"))
                for job in jobs(fleet, "a")]
    assert [job[:2] for job in straight] == [block[:2] for block in BLOCKS]
    assert [job[2] for job in straight][:-1] == [block[2] for block in BLOCKS][:-1]


@needs_pandoc
def test_a_folder_of_markdown(fleet):
    write(fleet, "book/1.md", "Preface.\n\n# One\n\ntext\n")
    write(fleet, "book/2.txt", "plain\n")
    fleet.run("enqueue", fleet.home / "book")
    assert jobs(fleet, "book") == [(CHAPTER, "1", "Preface."), (CHAPTER, "One", "One"),
                                   (PARAGRAPH, "One", "text"), (CHAPTER, "2", "plain")]


def zip_bomb(path, lies):
    """A zip of 2 GiB of spaces; `lies`: its directory says that they are 100 bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("EPUB/text.xhtml", "w", force_zip64=False) as entry:
            for _ in range(640):
                entry.write(b" " * (1 << 20))
    content = path.read_bytes()
    if lies:
        at = content.index(b"PK\1\2") + 24
        path.write_bytes(content[:at] + (100).to_bytes(4, "little") + content[at + 4:])


@needs_pandoc
@pytest.mark.parametrize("name, content, message", [
    ("no zip", b"hello", "a.epub: it is not a zip archive"),
    ("a zip cut short", b"PK\3\4" + b"x" * 100, "a.epub: it is not a zip archive"),
    ("a directory that is none", b"x" * 50 + b"PK\5\6" + bytes(6) + b"\x10\0\0\0\0\0\0\0\0\0", "not a zip archive"),
    ("a bomb", None, "a.epub: it would unpack to 640 MiB, more than 512 MiB"),
])
def test_what_is_no_epub(fleet, name, content, message):
    path = fleet.home / "a.epub"
    if content is None:
        zip_bomb(path, lies=False)
    else:
        path.write_bytes(content)
    said = fleet.command("enqueue", path)
    assert (said.returncode, len(said.stderr.splitlines())) == (BAD_INPUT, 1), said
    assert message in said.stderr
    assert fleet.status()["batches"] == []


@needs_pandoc
def test_a_zip_that_is_no_book(fleet):
    with zipfile.ZipFile(fleet.home / "a.epub", "w") as archive:
        archive.writestr("hello.txt", "hello")
    said = fleet.command("enqueue", fleet.home / "a.epub")
    assert said.returncode == BAD_INPUT and "a.epub: pandoc failed" in said.stderr, said


def test_without_pandoc(fleet):
    write(fleet, "a.md", BOOK)
    said = fleet.command("enqueue", fleet.home / "a.md", PATH="/nonexistent")
    assert said.returncode == FAILED, said
    assert "a.md: pandoc is not installed" in said.stderr and "apt install pandoc" in said.stderr
    assert fleet.status()["batches"] == []


# ---- one file of a book --------------------------------------------------------------------------

ROWS = "chapter,text\n,preface\nOne,a b c\nOne,d e f\n\"Two; = #2 \"\"quoted\"\"\",g h i\n"
GAPS = ("--gap-ms", "100", "--paragraph-gap-ms", "250", "--chapter-gap-ms", "1000")
GAP_MS = [0, 1000, 250, 1000]  # before each job


@pytest.fixture
def book(fleet):
    write(fleet, "book.csv", ROWS)
    fleet.start()
    fleet.run("enqueue", fleet.home / "book.csv")
    fleet.wait("book")
    fleet.run("get", "book", "-o", fleet.home / "out")
    fleet.manifest = json.loads((fleet.home / "out/manifest.json").read_text())["jobs"]
    yield fleet
    fleet.stop()


def samples(path):
    with wave.open(str(path)) as file:
        return file.getframerate() * file.getsampwidth() * file.getnchannels(), file.readframes(file.getnframes())


def parts(fleet):
    """The sound of each job, and bytes a second."""
    sounds = [samples(fleet.home / "out" / job["file"]) for job in fleet.manifest]
    return [sound[1] for sound in sounds], sounds[0][0]


def begin_of_chapters(fleet):
    """In milliseconds, from the single files and the silence between them."""
    sounds, rate = parts(fleet)
    begins, at = [], 0
    for sound, gap in zip(sounds, GAP_MS):
        at += gap * rate // 1000
        begins.append(at * 1000 // rate)
        at += len(sound)
    return [0, begins[1], begins[3]], at * 1000 // rate


def test_silence_between_paragraphs_and_chapters(book):
    book.run("get", "book", "--join", book.home / "book.wav", *GAPS)
    sounds, rate = parts(book)
    wanted = b"".join(bytes(gap * rate // 1000) + sound for gap, sound in zip(GAP_MS, sounds))
    assert samples(book.home / "book.wav") == (rate, wanted)
    book.run("get", "book", "--join", book.home / "plain.wav", "--paragraph-gap-ms", "250")
    wanted = b"".join(bytes(min(gap, 250) * rate // 1000) + sound for gap, sound in zip(GAP_MS, sounds))
    assert samples(book.home / "plain.wav") == (rate, wanted)


def test_trimmed(book):
    book.run("get", "book", "--join", book.home / "long.wav")
    book.run("get", "book", "--join", book.home / "short.wav", "--trim=-1")
    assert len(samples(book.home / "short.wav")[1]) <= len(samples(book.home / "long.wav")[1])
    assert book.command("get", "book", "--join", book.home / "x.wav", "--trim=5").returncode == BAD_INPUT


def test_chapters_beside_the_sound(book):
    begins, _ = begin_of_chapters(book)
    sides = {}
    for ending in "cue", "txt", "ffmeta":
        book.run("get", "book", "--join", book.home / f"{ending}.flac", *GAPS,
                 "--chapters", book.home / f"book.{ending}")
        sides[ending] = (book.home / f"book.{ending}").read_text()
    titles = ["book", "One", 'Two; = #2 "quoted"']
    assert sides["txt"].splitlines() == [f"0:00:{ms // 1000:02} {title}" for ms, title in zip(begins, titles)]
    cue = sides["cue"].splitlines()
    assert cue[:2] == ['TITLE "book"', 'FILE "cue.flac" WAVE']
    assert cue[2::3] == [f"  TRACK {n:02} AUDIO" for n in (1, 2, 3)]
    assert cue[3::3] == ['    TITLE "book"', '    TITLE "One"', "    TITLE \"Two; = #2 'quoted'\""]
    assert cue[4::3] == [f"    INDEX 01 00:{ms // 1000:02}:{ms * 75 // 1000 % 75:02}" for ms in begins]
    assert "START=0\n" in sides["ffmeta"] and 'title=Two\\; \\= \\#2 "quoted"' in sides["ffmeta"]
    said = book.command("get", "book", "--join", book.home / "x.wav", "--chapters", book.home / "x.doc")
    assert said.returncode == BAD_INPUT and "must be cue, txt or ffmeta" in said.stderr
    assert not (book.home / "x.wav").exists() and not list(book.home.glob("*.ttsq-part"))


@needs_ffmpeg
def test_m4b(book):
    out = book.run("get", "book", "--join", book.home / "book.m4b", *GAPS)
    assert "4 jobs, 3 chapters" in out
    probe = json.loads(subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_chapters", "-show_format", "-show_streams",
         book.home / "book.m4b"], capture_output=True, check=True).stdout)
    begins, end_ms = begin_of_chapters(book)
    chapters = [(round(float(c["start_time"]) * 1000), c["tags"]["title"]) for c in probe["chapters"]]
    assert chapters == list(zip(begins, ["book", "One", 'Two; = #2 "quoted"']))
    assert probe["streams"][0]["codec_name"] == "aac" and probe["format"]["tags"]["title"] == "book"
    assert abs(float(probe["format"]["duration"]) * 1000 - end_ms) < 100  # AAC frames are padded
    assert not list(book.home.glob("*.ttsq-part"))


def test_m4b_without_ffmpeg(book):
    said = book.command("get", "book", "--join", book.home / "book.m4b", PATH="/nonexistent")
    assert said.returncode == FAILED and "ffmpeg is not installed" in said.stderr, said
    assert not list(book.home.glob("book.m4b*"))


@pytest.mark.parametrize("ending, program", [("m4b", "#!/bin/sh\ncase $* in *version*) exit 0;; esac\necho 'out of mana' >&2\nexit 9\n")])
def test_an_ffmpeg_that_fails(book, ending, program):
    fake = write(book, "bin/ffmpeg", program)
    fake.chmod(0o755)
    said = book.command("get", "book", "--join", book.home / f"book.{ending}", PATH=f"{fake.parent}:/usr/bin:/bin")
    assert said.returncode == FAILED and "ffmpeg failed (9): out of mana" in said.stderr, said
    assert not list(book.home.glob("book.m4b*"))


# ---- files: names, links, and as they finish -----------------------------------------------------

def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_template(book):
    write(book, "rows.jsonl", "".join(json.dumps(row) + "\n" for row in [
        {"text": "a", "id": "x-1", "name": "intro.wav", "chapter": "One/../Two"},
        {"text": "b", "id": 70, "voice": "echo", "chapter": "../.."},
        {"text": "good morning everybody"}]))
    book.run("enqueue", book.home / "rows.jsonl", "--batch", "r")
    book.wait("r")
    for template, wanted in [
            ("{chapter}/{seq:02}_{name}", ["One..Two/01_intro.wav", "job/02_b.wav", "none/03_good-morning-everybody.wav"]),
            ("{batch}-{voice}-{seq}.{ext}.sound", [f"r-{v}-000{i}.wav.sound" for i, v in enumerate(["default", "echo", "default"], 1)]),
            ("id {id}", None)]:
        folder = book.home / template.replace("/", " ")
        book.run("get", "r", "-o", folder, "--template", template)
        found = [name for name in names(folder) if name != "manifest.json"]
        assert len(found) == 3 and (wanted is None or found == sorted(wanted))
        manifest = json.loads((folder / "manifest.json").read_text())
        assert sorted(job["file"] for job in manifest["jobs"]) == found
        assert [job["ext_id"] for job in manifest["jobs"]] == ["x-1", "70", None]
        assert "3 were there already" in book.run("get", "r", "-o", folder, "--template", template)


@pytest.mark.parametrize("template, message", [
    ("../{seq}", "would leave the folder"), ("/tmp/{seq}", "would leave the folder"),
    ("a/../{seq}", "would leave the folder"), ("a//{seq}", "would leave the folder"),
    ("", "one name"), ("a\n{seq}", "control characters"), ("{sequence}", "no field"),
    ("{nam}", "did you mean 'name'?"), ("{seq:x}", "no field"), ("{seq", "no field"), ("seq}", "no field"),
    ("{name:3}", "no field"), ("same", "number 1 and 2 one name"), ("{chapter}", "number 2 and 3 one name"),
    ("x" * 201, "longer than 200"),
])
def test_templates_that_are_refused(book, template, message):
    said = book.command("get", "book", "-o", book.home / "new", "--template", template)
    assert said.returncode == BAD_INPUT and message in said.stderr, said
    assert not (book.home / "new").exists()


def test_names_that_an_ending_makes_one(book):
    write(book, "rows.jsonl", '{"text": "a", "name": "intro"}\n{"text": "b", "name": "intro.wav"}\n')
    book.run("enqueue", book.home / "rows.jsonl", "--batch", "r")
    book.wait("r")
    said = book.command("get", "r", "-o", book.home / "new", "--template", "{name}")
    assert said.returncode == BAD_INPUT and "number 1 and 2 one name" in said.stderr, said
    assert not (book.home / "new").exists()


def test_a_template_follows_no_link(book):
    (book.home / "new").mkdir()
    (book.home / "new/One").symlink_to("/tmp")
    said = book.command("get", "book", "-o", book.home / "new", "--template", "{chapter}/{seq}")
    assert said.returncode == FAILED and "is there and no folder" in said.stderr, said
    assert not os.path.exists("/tmp/0002.wav")


def test_links_and_copies(tmp_path):
    with Fleet(tmp_path, settings={"segment_bytes_min": 0}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(3, chars=600))  # over 64 KiB: files of their own
        fleet.wait("b")
        fleet.run("get", "b", "-o", fleet.home / "linked", "--link")
        fleet.run("get", "b", "-o", fleet.home / "copied", "--copy")
        for folder, links in ("linked", 2), ("copied", 1):
            found = list((fleet.home / folder).glob("*.wav"))
            assert len(found) == 3 and {path.stat().st_nlink for path in found} == {links}
        assert {oct(path.stat().st_mode & 0o777) for path in (fleet.home / "linked").glob("*.wav")} == {"0o440"}
        assert all(path.stat().st_mode & 0o200 for path in (fleet.home / "copied").glob("*.wav"))
        fleet.stop()


def start_following(fleet, batch, folder, *options):
    return subprocess.Popen([program(), "get", batch, "-o", folder, "--follow", *options], cwd=fleet.home,
                            env=fleet.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_files_as_they_finish(tmp_path):
    """In order, through a service that is killed and started again, to the end of the batch."""
    with Fleet(tmp_path, cap=2, latency_ms=50 * SLOWER) as fleet:  # most is left when the first file is seen
        fleet.enqueue("b", fleet.texts(30))
        get = start_following(fleet, "b", fleet.home / "out")
        assert "no supervisor is running" in get.stderr.readline()
        fleet.start()
        first = get.stdout.readline().strip()
        assert first.startswith("0001_") and (fleet.home / "out" / first).exists()
        fleet.kill_all()
        assert get.poll() is None
        fleet.start()
        rest = get.stdout.read()
        assert get.wait(60) == 0, get.stderr.read()
        get.stdout.close(), get.stderr.close()
        numbers = [int(line[:4]) for line in [first, *rest.splitlines()[:-1]]]
        assert numbers == list(range(1, 31))
        assert rest.splitlines()[-1].startswith("30 files, ")
        assert len(list((fleet.home / "out").glob("*.wav"))) == 30 and (fleet.home / "out/manifest.json").exists()
        fleet.stop()


def test_following_says_what_has_no_result(tmp_path):
    with Fleet(tmp_path, say=("--fault", "error=100", "--fault-first", "2"), profile={"retry.max": 1}) as fleet:
        fleet.enqueue("b", fleet.texts(6))
        get = start_following(fleet, "b", fleet.home / "out", "--json")
        fleet.start()
        out, said = get.communicate(timeout=60)
        assert get.returncode == 3 and "2 of 6 results are missing" in said, (out, said)
        lines = [json.loads(line) for line in out.splitlines()]
        assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5, 6]
        assert sum(line["file"] is None for line in lines) == 2
        assert {line["state"] for line in lines if line["file"] is None} == {"failed"}
        fleet.stop()


def test_following_is_interrupted_and_goes_on(fleet):
    fleet.enqueue("b", fleet.texts(3))
    get = start_following(fleet, "b", fleet.home / "out")
    assert "no supervisor is running" in get.stderr.readline()
    get.terminate()
    assert get.wait(60) == 130
    get.stdout.close(), get.stderr.close()
    fleet.start()
    fleet.wait("b")
    fleet.run("get", "b", "-o", fleet.home / "out", "--follow")
    assert len(list((fleet.home / "out").glob("*.wav"))) == 3
    fleet.stop()


@needs_pandoc
@needs_ffmpeg
def test_a_novel_from_epub_to_m4b_through_kills(tmp_path):
    """Everything is killed twice on the way, the joining once; the book comes out whole, its chapters in order."""
    with Fleet(tmp_path, cap=4, latency_ms=30) as fleet:
        chapters = [f"Chapter {n}" for n in range(1, 6)]
        make_epub("".join(f"# {title}\n\n" + "".join(f"Paragraph {i} of {title}.\n\n" for i in range(12))
                          for title in chapters), fleet.home / "novel.epub")
        fleet.run("enqueue", fleet.home / "novel.epub")
        for done in 10, 30:
            fleet.start()
            until("some of the book", lambda: fleet.batch("novel")["done"] >= done)
            fleet.kill_all()
        fleet.start()
        fleet.wait("novel")
        words = ("get", "novel", "--join", fleet.home / "novel.m4b", "--chapter-gap-ms", "1500")
        cut_short = subprocess.Popen([program(), *map(str, words)], cwd=fleet.home, env=fleet.environment,
                                     stdout=subprocess.DEVNULL)
        until("a file that is begun", lambda: cut_short.poll() is not None or list(fleet.home.glob("novel.m4b*")))
        cut_short.kill()
        cut_short.wait()
        assert "65 jobs, 5 chapters" in fleet.run(*words, "--force")
        probe = subprocess.run(["ffprobe", "-v", "error", "-of", "json", "-show_chapters", fleet.home / "novel.m4b"],
                               capture_output=True, check=True)
        assert [c["tags"]["title"] for c in json.loads(probe.stdout)["chapters"]] == chapters
        fleet.stop()
