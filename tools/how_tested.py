"""The page docs/how-it-is-tested.md: what runs, how much, and what nothing here simulates.

What a run of the tests does is read off the tests themselves: their number by folder, the bugs that
are planted, and what a test says of its volume by `@pytest.mark.volume("handovers", 500, "seeds 1
to 5")`. What ran once and long is read from docs/soak/, one JSON object a portion, which `make
soak` writes.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SOAK = Path(__file__).resolve().parent.parent / "docs" / "soak"

KINDS = {
    "core": "the decision and the guard as plain values: examples, golden tables, laws",
    "engine": "the real engine, ledger and provider over the sandbox's world, in stepped time",
    "simulation": "days in all weathers under oracles that share no code with what they judge",
    "ledger": "what is kept, on SQLite and on PostgreSQL alike",
    "providers": "every answer of the API that is known, and broken ones",
    "roster_file": "rosters, good and bad",
    "settings": "settings and secrets",
    "sandbox": "the sandbox and its judge",
    "surfaces": "forecasts, words, drafts",
    "web": "the pages of the board, and what strangers send them",
    "cli": "commands as they are typed",
    "process": "real processes: the daemon, killed, stopped, starved, on both databases",
    "importing": "what other services export, made into rosters or refused",
    "zone_data": "which time zone data are in force",
    "house": "the rules of the code base itself",
}

PREFACE = """\
# How it is tested

Written by `make promises` from the tests and from what `make soak` left in [soak/](soak/); a test
fails when this page isn't what they say. Which test shows which promise is in
[promises.md](promises.md), and how the oracles are kept apart from what they judge in
[0023](decisions/0023-oracles-that-share-nothing.md).

## What runs, every time

`make check test`, which is all that CI runs but for the wheel: {tests} tests, none skipped.

| tests | in | what they look at |
| --- | --- | --- |
{kinds}

Of these, in numbers:

| how many | what | drawn from |
| --- | --- | --- |
{volumes}

The seeds are the same each time, so that a run fails by a change only; `make fast` draws new ones.

## Bugs planted to be found

A test that can't fail shows nothing. So {planted} mistakes are kept beside the simulator, each put
in the place of the right code for one run. Each has to be found, and the same run without it has to
find nothing.

{bugs}
"""

NOT_SIMULATED = """\
## What is not simulated

- WhatsApp itself, and Wawp's own queue: the sandbox answers as their documents, and the answers
  that people have published, say they do. No live account was ever seen.
- Power loss. A killed process leaves its pages to the kernel; `synchronous=FULL` and PostgreSQL's
  fsync are relied on.
- A disk that lies: one that says a page is written and has not written it, or returns another page.
- Bit rot in memory; a kernel or a Python that computes wrongly.
- A provider that turns against us on purpose, with answers forged to look like read-backs.
- Clocks that run at the wrong speed for long. Steps, pauses and wrong clocks are simulated.
- More than one machine: replicas run on one, as processes with sockets between them and their
  database.
"""


@dataclass
class Seen:
    """A pytest plugin that notes what there is."""

    folders: Counter[str] = field(default_factory=Counter)
    volumes: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    planted: list[str] = field(default_factory=list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            self.folders[Path(item.nodeid).parts[1]] += 1
            for mark in item.iter_markers("volume"):
                what, count, seeds = mark.args
                self.volumes[what].append((count, seeds))
            for mark in item.iter_markers("planted"):
                self.planted += mark.args or (item.name.partition("[")[2].rstrip("]"),)


def page(seen: Seen, runs: Iterable[Mapping[str, Any]]) -> str:
    """The page, as it should be. Raises RuntimeError for a folder that it has no words for."""
    if unknown := set(seen.folders) - set(KINDS):
        raise RuntimeError(f"tools/how_tested.py has no words for tests/{', tests/'.join(unknown)}")
    kinds = (f"| {seen.folders[name]:,} | `tests/{name}` | {KINDS[name]} |" for name in KINDS)
    head = PREFACE.format(
        tests=f"{seen.folders.total():,}",
        kinds="\n".join(kinds),
        volumes="\n".join(_volumes(seen)),
        planted=len(seen.planted),
        bugs="\n".join(f"- {bug}" for bug in sorted(seen.planted)),
    )
    return "\n".join([head, *_long(list(runs)), NOT_SIMULATED])


def _volumes(seen: Seen) -> Iterator[str]:
    for what, parts in sorted(seen.volumes.items()):
        drawn = "; ".join(sorted({seeds for _, seeds in parts}))
        yield f"| {sum(count for count, _ in parts):,} | {what} | {drawn} |"


def _long(runs: list[Mapping[str, Any]]) -> Iterator[str]:
    yield "## What ran for long\n"
    yield "`make soak`, in portions. A portion is repeated by its seeds at its commit.\n"
    yield "| what | how many | seeds | violations | at commit | on | minutes |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    alike: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for run in runs:
        alike[run["what"], run["commit"], run["on"]].append(run)
    for (what, commit, day), portions in alike.items():
        count, wrong = (sum(p[key] for p in portions) for key in ("count", "violations"))
        seeds = f"{min(p['first'] for p in portions)} to {max(p['last'] for p in portions)}"
        minutes = sum(p["minutes"] for p in portions)
        yield f"| {what} | {count:,} | {seeds} | {wrong} | {commit} | {day} | {minutes:,.0f} |"
    yield ""


def soaked() -> list[Mapping[str, Any]]:
    """What was left of long runs."""
    return [json.loads(file.read_text()) for file in sorted(SOAK.glob("*.json"))]
