"""Writes docs/promises.md: every promise of docs/promises.toml with the tests that show it.

And docs/how-it-is-tested.md (how_tested.py), since both are read off the tests that pytest finds.

A test says what it shows: by a mark, `@pytest.mark.promise("S3", "C4")`; by the beginning of its
name, `test_D5_...` or `test_E_12_...`; or by its argument `row`, which begins with the id. The
tests are found by pytest itself, so a test that is never run shows nothing.
"""

import argparse
import contextlib
import io
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import how_tested
import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs" / "promises.toml"
PAGES = tuple(ROOT / "docs" / name for name in ("promises.md", "how-it-is-tested.md"))

ID = r"[A-Z][_-]?\d+"
"""The id of a row or an invariant; promises of the product are words, and shown by marks only."""
NAMED = re.compile(rf"test_(?:{ID}_(?:and_)?)*")

PREFACE = """\
# What is promised, and what shows it

Written by `make promises` from [promises.toml](promises.toml) and the tests; a test fails when
this page isn't what they say. "Not shown yet" means just that: the promise may be
kept, but no test would notice if it were broken.

{shown} of {all} promises are shown.
"""


class Broken(Exception):  # noqa: N818 - it is a state of the promises, told to a person
    """Marks and promises do not fit together, or the tests could not be found."""


@dataclass(frozen=True, slots=True)
class Part:
    """Promises that belong together: sentences by id."""

    title: str
    promises: Mapping[str, str]


def read(text: str) -> tuple[Part, ...]:
    """The parts written in `text`. An id used twice raises Broken."""
    parts = tuple(Part(part["title"], part["promises"]) for part in tomllib.loads(text)["part"])
    ids = [name for part in parts for name in part.promises]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise Broken(f"docs/promises.toml uses an id twice: {', '.join(twice)}")
    return parts


class Marks:
    """A pytest plugin that notes which test shows which promise."""

    def __init__(self) -> None:
        self.shown: dict[str, set[str]] = defaultdict(set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if item.get_closest_marker("skip") or item.get_closest_marker("xfail"):
                continue
            for name in claims(item):
                self.shown[name].add(item.nodeid.split("[", 1)[0])


def beginning(name: str) -> str:
    """The part of a test's name that says what it shows."""
    found = NAMED.match(name)
    return found[0] if found else ""


def claims(item: pytest.Item) -> Iterator[str]:
    """The promises that a test says it shows."""
    for mark in item.iter_markers("promise"):
        yield from mark.args
    for name in re.findall(ID, beginning(item.name)):
        yield name.replace("_", "-")
    callspec = getattr(item, "callspec", None)
    row = callspec.params.get("row") if callspec else None
    if isinstance(row, str) and (found := re.match(rf"{ID}\b", row)):
        yield found[0]


def collect(tests: Path, *notes: object) -> None:
    """Show all tests to the plugins `notes`. Raises Broken, with pytest's words, without any."""
    words = io.StringIO()
    with contextlib.redirect_stdout(words):
        ended = pytest.main(
            [
                *("--collect-only", "-q", "-p", "no:cacheprovider"),
                *("-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", str(tests)),
            ],
            plugins=list(notes),
        )
    if ended != pytest.ExitCode.OK:
        raise Broken(f"the tests could not be collected:\n{words.getvalue()}")


def page(parts: Iterable[Part], shown: Mapping[str, set[str]]) -> str:
    """The page, as it should be. A mark that names no promise raises Broken."""
    parts = tuple(parts)
    known = [name for part in parts for name in part.promises]
    unknown = sorted(set(shown) - set(known))
    if unknown:
        where = "; ".join(f"{name} in {', '.join(sorted(shown[name]))}" for name in unknown)
        raise Broken(f"tests show promises that docs/promises.toml does not have: {where}")
    kept = sum(1 for name in known if shown.get(name))
    blocks = [PREFACE.format(shown=kept, all=len(known))]
    blocks += ["\n".join(table(part, shown)) for part in parts]
    return "\n".join(blocks)


def table(part: Part, shown: Mapping[str, set[str]]) -> Iterable[str]:
    yield f"## {part.title}\n"
    yield "| id | promise | shown by |"
    yield "| --- | --- | --- |"
    for name, text in part.promises.items():
        tests = "<br>".join(link(test) for test in sorted(shown.get(name, ())))
        yield f"| {name} | {text} | {tests or 'not shown yet'} |"
    yield ""


def link(nodeid: str) -> str:
    """A test as a link to its file, told as the sentence its name is."""
    path, *names = nodeid.split("::")
    sentence = names[-1].removeprefix(beginning(names[-1])).replace("_", " ")
    return f"[{sentence}](../{path})"


def pages(marks: Marks, seen: how_tested.Seen) -> dict[Path, str]:
    """Both pages as they should be, by what was collected. Raises Broken."""
    promised = page(read(SOURCE.read_text(encoding="utf-8")), marks.shown)
    return dict(zip(PAGES, (promised, how_tested.page(seen, how_tested.soaked())), strict=True))


def stale(items: list[pytest.Item]) -> list[str]:
    """The names of the pages that are not what these tests show, which have to be all of them."""
    marks, seen = Marks(), how_tested.Seen()
    for note in (marks, seen):
        note.pytest_collection_modifyitems(items)
    return unlike(pages(marks, seen))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    check = arguments.parse_args().check
    marks, seen = Marks(), how_tested.Seen()
    try:
        collect(ROOT / "tests", marks, seen)
        written = pages(marks, seen)
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1
    if check:
        return bool(unlike(written))
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    return 0


def unlike(written: Mapping[Path, str]) -> list[str]:
    """The names of the pages that are not as they should be."""
    there = {path: path.read_text(encoding="utf-8") for path in written if path.exists()}
    return [path.name for path, text in written.items() if there.get(path) != text]


if __name__ == "__main__":
    sys.exit(main())
