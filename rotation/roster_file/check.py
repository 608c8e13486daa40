"""One file's tree against the shape of a roster file: what is right in it, and every problem."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rotation.roster_file.entries import RosterFile
from rotation.roster_file.model import FILE
from rotation.roster_file.problems import Problem
from rotation.roster_file.shape import Misfit, Named, Report
from rotation.roster_file.tree import Data, Path, Tree


@dataclass(frozen=True, slots=True)
class Checked:
    """A file whose wrong entries are left out of `file`; every one of them has its problem."""

    tree: Tree
    file: RosterFile
    problems: tuple[Problem, ...]


def check(tree: Tree) -> Checked:
    if not isinstance(tree.data, dict):
        wrong = tree.problem((), "this is no roster", "Begin with `people:`, `shifts:`, `groups:`")
        return Checked(tree, RosterFile(), (wrong,))
    report = Report(tree)
    report.problems += _empty(tree, tree.data, ())
    FILE.refuse_unknown(tree.data, (), report)
    found = dict(_right(tree.data, report))
    return Checked(tree, RosterFile(**found), tuple(report.problems))


def _right(data: dict[str, Data], report: Report) -> Iterator[tuple[str, Any]]:
    """What is right in a file, by key; of people, shifts and groups, those that are."""
    for name, key in FILE.keys.items():
        if data.get(name) is None:
            continue
        try:
            if isinstance(key.shape, Named):
                yield name, key.shape.fitting(data[name], (name,), report)
            else:
                yield name, key.shape.read(data[name], (name,), report)
        except Misfit:
            continue


def _empty(tree: Tree, data: Data, path: Path) -> Iterator[Problem]:
    """Keys and items without a value: nobody means anything by them."""
    if data is None:
        name = path[-1] if path else "the file"
        yield tree.problem_with_key(
            path, f"`{name}` has no value", "Write a value or delete the line"
        )
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _empty(tree, value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _empty(tree, value, (*path, index))
