"""One file's tree against the shape of a roster file: what is right in it, and every problem."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rotation.roster_file.model import (
    GoodbyeEntry,
    GroupEntry,
    PersonEntry,
    PolicyEntry,
    RosterFile,
    ShiftEntry,
    TurnsEntry,
)
from rotation.roster_file.names import SECTIONS
from rotation.roster_file.problems import Problem, UnreadableError, did_you_mean
from rotation.roster_file.tree import Data, Path, Tree

_EXAMPLES = {
    "name": "Write `name: Mara Costa`",
    "phone": 'Write `phone: "+351 91 234 5678"`',
    "zone": "Write `zone: Europe/Lisbon`",
    "hours": "Write `hours: 08:00 to 16:00`",
    "change": "Write `change: every week`",
    "from": "Write `from: 2026-01-05`, the first day of the first turn",
    "order": "Write `order: [ana, ben]`",
    "account": "Write `account: main`, the name your operator gave the number",
    "chat": "Write `chat: 120363041234567001@g.us`; `rotation doctor` lists the ids",
}
_NOTHING = object()
_SHAPES: dict[str, type[BaseModel]] = {
    "people": PersonEntry,
    "shifts": ShiftEntry,
    "groups": GroupEntry,
    "defaults": PolicyEntry,
    "turns": TurnsEntry,
    "goodbye": GoodbyeEntry,
}


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
    told = set(_empty(tree, tree.data, ()))
    data = deepcopy(tree.data)
    while True:
        try:
            return Checked(tree, RosterFile.model_validate(data), tuple(told))
        except ValidationError as wrong:
            errors = wrong.errors(include_url=False)
        told.update(
            _problem(tree, error)
            for error in errors
            if error["input"] is not None or error["type"] == "extra_forbidden"
        )
        left_out = [_leave_out(data, _path(error)) for error in errors]
        if not any(left_out):
            return Checked(tree, RosterFile(), tuple(told))


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


def _leave_out(data: dict[str, Data], path: Path) -> bool:
    """Take the entry that the error is in out of the data, so that the rest can be checked on."""
    section = data.get(str(path[0])) if path else None
    if len(path) > 1 and path[0] in SECTIONS and isinstance(section, dict):
        return section.pop(str(path[1]), _NOTHING) is not _NOTHING
    return bool(path) and data.pop(str(path[0]), _NOTHING) is not _NOTHING


def _path(error: ErrorDetails) -> Path:
    return tuple(part for part in error["loc"] if part != "[key]")


def _problem(tree: Tree, error: ErrorDetails) -> Problem:
    path, say = _path(error), tree.problem
    match error["type"]:
        case "value_error":
            message, fix = _unreadable(tree, error, path)
            # What is wrong with a whole entry, or with a key, is shown at its key.
            if error["loc"][-1] == "[key]" or isinstance(error["input"], dict):
                say = tree.problem_with_key
        case "missing":
            message, fix = f"`{path[-1]}` is missing", _EXAMPLES.get(str(path[-1]), "Add it")
            path, say = path[:-1], tree.problem_with_key
        case "extra_forbidden":
            message = f"`{path[-1]}` is not a key here"
            fix, say = did_you_mean(str(path[-1]), _known(path[:-1])), tree.problem_with_key
        case _:
            message, fix = _wrong_kind(tree, error, path)
    return say(path, message, fix)


def _unreadable(tree: Tree, error: ErrorDetails, path: Path) -> tuple[str, str]:
    wrong = error.get("ctx", {}).get("error")
    if not isinstance(wrong, UnreadableError):
        return str(wrong), "Write another value"
    quotes = path in tree.written and wrong.fix.endswith("in quotes")
    quoted = f': "{tree.written[path]}"' if quotes else ""
    return wrong.message, wrong.fix + quoted


def _wrong_kind(tree: Tree, error: ErrorDetails, path: Path) -> tuple[str, str]:
    written = tree.written.get(path, str(error["input"]))
    limits = error.get("ctx", {})
    kinds = {
        "list_type": ("a list is needed here", "Write [ana, ben]"),
        "too_short": ("the list is empty", "Name at least one"),
        "int_type": (f"`{written}` is no whole number", "Write one like 1 or 2"),
        "greater_than_equal": (f"`{written}` is too few", f"Write at least {limits.get('ge')}"),
        "less_than_equal": (f"`{written}` is too many", f"Write at most {limits.get('le')}"),
    }
    known = ", ".join(_known(path)[:8])
    needed = ("lines of `key: value` are needed here", f"Known here: {known}")
    return kinds.get(error["type"], needed)


def _known(path: Path) -> list[str]:
    """The keys that the entry at `path` may have, those it must have first."""
    keys = path if len(path) < 2 or path[0] not in SECTIONS else (path[0], *path[2:])  # noqa: PLR2004 - its name
    shape: type[BaseModel] = RosterFile
    for key in keys:
        shape = _SHAPES.get(str(key), shape)
    fields = sorted(shape.model_fields.items(), key=lambda item: not item[1].is_required())
    return [field.alias or name for name, field in fields]
