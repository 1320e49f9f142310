"""The house itself: pages and comments name files that are there, files say what they are."""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TOLD = (".c", ".h", ".py", ".md", ".sql")  # names with these endings are looked for
EXAMPLES = ("NAME", "NNNN")  # in the pages: any name
STRANGERS = ["NEWS.md", "spec/standard-webhooks.md", "nosync.c", "sanitizer/allocator_interface.h"]  # of other projects


def tracked():
    done = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("not a checkout")
    return [name for name in done.stdout.split() if (ROOT / name).exists()]


def sources(*endings):
    return [(name, (ROOT / name).read_text()) for name in tracked()
            if name.endswith(endings) and "/corpus/" not in name]


def comments(name, text):
    if name.endswith(".md"):
        return re.sub(r"```.*?```", "", text, flags=re.S)
    return "\n".join(re.findall(r"/\*.*?\*/", text, re.S))


def test_what_pages_and_comments_name_is_there():
    system = re.findall(r"#include <(.+?)>", "\n".join(text for _, text in sources(".c", ".h")))
    known = "\n".join(f"/{name}" for name in tracked() + STRANGERS + system) + "\n"
    gone = []
    for page, text in sources(".md", ".c", ".h"):
        for path in re.findall(r"[\w./-]*\w\.\w+\b", comments(page, text)):
            if path.endswith(TOLD) and not any(word in path for word in EXAMPLES):
                if f"/{path.lstrip('./')}\n" not in known:
                    gone.append(f"{page}: {path}")
    assert gone == []


def test_a_file_begins_with_its_name_and_purpose():
    wrong = []
    for name, text in sources(".c", ".h"):
        stem = pathlib.PurePath(name).stem
        if not re.match(rf"/\*\s+(\* )?{stem}(\.[ch])?: \S", text):
            wrong.append(f"{name}: {text[:60]!r}")
    assert wrong == []


def test_functions_have_few_parameters():
    """More than six are a struct that has no name yet; a callback's are another library's."""
    many = []
    for name, text in sources(".c"):
        for function, words in re.findall(r"^\w[\w \*]*?\b(\w+)\(([^()]*(?:\([^()]*\)[^()]*)*)\) \{$", text, re.M):
            count = re.sub(r"\([^()]*\)", "", words).count(",") + 1
            if name.startswith(("src/", "workers/")) and count > 6 and function != "http_on_request":
                many.append(f"{name}: {function} has {count}")
    assert many == []


def test_each_test_and_mutant_is_named_on_the_page():
    page = (ROOT / "tests/README.md").read_text()
    named = {pathlib.PurePath(name).stem for name in tracked()
             if re.match(r"tests/(\w+/test_\w+\.(c|py)|mutants/.+\.patch)$", name)}
    assert sorted(name for name in named if not re.search(rf"(?<![\w-]){name}(?![\w-])", page)) == []


def test_a_room_s_page_names_its_files():
    lacking = []
    for name in tracked():
        path = pathlib.PurePath(name)
        if path.suffix not in (".c", ".h") or path.parts[0] not in ("src", "workers") or len(path.parts) < 3:
            continue
        pages = [folder / "README.md" for folder in path.parents if (ROOT / folder / "README.md").exists()]
        word = re.escape(path.stem)
        family = re.escape(path.stem.split("_")[0])  # cli's page says `status*`
        text = (ROOT / pages[0]).read_text()
        if not re.search(rf"\b{word}\b|`{family}\*|`{family}_NAME", text):
            lacking.append(f"{pages[0]}: {name}")
    assert lacking == []
