"""Names across all files: each is given once, and each that is referred to exists.

Read from the trees and not from the entries, so that a mistake elsewhere in an entry hides nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rotation.roster_file.problems import Problem, did_you_mean
from rotation.roster_file.tree import Path, Tree

SECTIONS = ("people", "shifts", "groups")
SINGULAR = {"people": "person", "shifts": "shift", "groups": "group"}
REFERENCES = (
    (("tell",), "people"),
    (("weekly", "agents"), "people"),
    (("shifts", "*", "everyone"), "people"),
    (("shifts", "*", "turns", "order"), "people"),
    (("shifts", "*", "then", "*", "everyone"), "people"),
    (("shifts", "*", "then", "*", "turns", "order"), "people"),
    (("groups", "*", "shifts"), "shifts"),
    (("groups", "*", "always_in"), "people"),
    (("groups", "*", "pins"), "people"),
    (("groups", "*", "tell"), "people"),
    (("groups", "*", "fallback"), "people"),
    (("defaults", "fallback"), "people"),
)
IN_CHANGES = {
    "off": "people",
    "cover": "people",
    "swap": "people",
    "extra": "people",
    "by": "people",
    "with": "people",
    "shift": "shifts",
}
_MAY_REPEAT = "order"
"""Twice in the order is twice the turns; everywhere else it is a slip."""


def problems(trees: Sequence[Tree], *, complete: bool) -> Iterator[Problem]:
    """What is wrong with the names of these files together.

    `complete` is False where another file could not be read: then nobody can say that a name is
    unknown.
    """
    for section in SECTIONS:
        yield from _given_twice(trees, section)
    known = {section: {n for t in trees for n in _given(t, section)} for section in SECTIONS}
    for tree in trees:
        for pattern, section in REFERENCES:
            for path in _matching(tree, pattern):
                yield from _repeated(tree, path)
                if complete:
                    yield from _unknown(tree, path, section, known[section])
        if complete:
            yield from _unknown_in_changes(tree, known)
        yield from _pinned_and_kept(tree)


def _in_changes(tree: Tree) -> Iterator[tuple[int, str, str, str]]:
    """Each name in a change of duty: which change, under which key, and what it names."""
    found = tree.at(("changes",))
    for index, change in enumerate(found if isinstance(found, list) else ()):
        for key, item in change.items() if isinstance(change, dict) else ():
            if key in IN_CHANGES and isinstance(item, str):
                yield index, key, item, IN_CHANGES[key]
            elif key in {"on", "for"} and isinstance(item, str) and item.split():
                yield index, key, item.split()[0], "shifts"


def _unknown_in_changes(tree: Tree, known: Mapping[str, set[str]]) -> Iterator[Problem]:
    for index, key, name, section in _in_changes(tree):
        if name not in known[section]:
            message = f"there is no {SINGULAR[section]} `{name}`"
            path = ("changes", index, key)
            yield tree.problem(path, message, did_you_mean(name, known[section]))


def _given(tree: Tree, section: str) -> Iterator[str]:
    found = tree.at((section,))
    yield from found if isinstance(found, dict) else ()


def _given_twice(trees: Sequence[Tree], section: str) -> Iterator[Problem]:
    places: defaultdict[str, list[Tree]] = defaultdict(list)
    for tree in trees:
        for name in _given(tree, section):
            places[name].append(tree)
    fix = "Rename one of them or join the two"
    for name, (first, *others) in places.items():
        for other in others:
            above = first.problem_with_key((section, name), "", fix)
            where = f"{above.file}:{above.line}:{above.column}"
            yield other.problem_with_key((section, name), f"`{name}` is also in {where}", fix)


def _matching(tree: Tree, pattern: Path, path: Path = ()) -> Iterator[Path]:
    """The paths in the tree that fit, where `*` stands for any key, and any place in a list."""
    if not pattern:
        yield path
        return
    found = tree.at(path)
    if isinstance(found, dict):
        for key in found if pattern[0] == "*" else [k for k in found if k == pattern[0]]:
            yield from _matching(tree, pattern[1:], (*path, key))
    elif isinstance(found, list) and pattern[0] == "*":
        for place in range(len(found)):
            yield from _matching(tree, pattern[1:], (*path, place))


def _names(tree: Tree, path: Path) -> list[tuple[int, str]]:
    found = tree.at(path)
    items = found if isinstance(found, list) else []
    return [(n, item) for n, item in enumerate(items) if isinstance(item, str)]


def _unknown(tree: Tree, path: Path, section: str, known: set[str]) -> Iterator[Problem]:
    for index, name in _names(tree, path):
        if name not in known:
            message = f"there is no {SINGULAR[section]} `{name}`"
            yield tree.problem((*path, index), message, did_you_mean(name, known))


def _repeated(tree: Tree, path: Path) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in _names(tree, path):
        if name in seen and path[-1] != _MAY_REPEAT:
            yield tree.problem((*path, index), f"`{name}` is here twice", "Take one away")
        seen.add(name)


def _pinned_and_kept(tree: Tree) -> Iterator[Problem]:
    for path in _matching(tree, ("groups", "*")):
        kept = {name for _, name in _names(tree, (*path, "always_in"))}
        for index, name in _names(tree, (*path, "pins")):
            if name in kept:
                yield tree.problem(
                    (*path, "pins", index),
                    f"`{name}` is under `always_in` too, which never adds anyone",
                    "Keep one of the two",
                )
