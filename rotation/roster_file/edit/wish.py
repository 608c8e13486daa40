"""An edit as data: what somebody wants the roster files to say, before it is said in any text.

It is a piece of a roster file. What it says takes the place of what the files say, entry by entry
and key by key; a key without a value is taken out; `changes` are added to those there are. Beside
the keys of a roster file it may have five of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from enum import StrEnum

from rotation.roster_file.edit.later import OF_TURNS, Effective
from rotation.roster_file.model import FILE
from rotation.roster_file.names import IN_CHANGES, REFERENCES, SECTIONS, SINGULAR
from rotation.roster_file.problems import Problem, UnreadableError, did_you_mean
from rotation.roster_file.tree import Data, Path, Tree, read

Files = dict[str, dict[str, Data]]
"""What each file says, by the file's name."""


class Turning(StrEnum):
    """Of a shift whose order is edited: whoever has the turn now keeps it, or all begins anew."""

    STAYS = "stays"
    ANEW = "anew"


OWN = ("file", "leaves", "takes_back", "turn", "effective")
"""Where new entries go; who leaves every list of names; changes to take out; see `Turning`; when
other turns begin."""


@dataclass(frozen=True, slots=True)
class Edit:
    says: Mapping[str, Data]
    file: str = ""
    leaves: Sequence[str] = ()
    takes_back: Sequence[Data] = ()
    turn: Turning = Turning.STAYS
    effective: Effective = Effective.NOW

    def without_turns(self, shifts: Sequence[str]) -> "Edit":
        """The rest of it."""
        says = deepcopy(dict(self.says))
        for name, one in _under(says, "shifts").items():
            if name in shifts and isinstance(one, dict):
                for key in OF_TURNS:
                    one.pop(key, None)
        return replace(self, says=says)

    def change(self, shift: str) -> Data:
        """How often its turns change, where it says so."""
        one = _under(self.says, "shifts").get(shift)
        turns = one.get("turns") if isinstance(one, dict) else None
        return turns.get("change") if isinstance(turns, dict) else None

    @property
    def turned(self) -> tuple[str, ...]:
        """The shifts of which it says whose turn it is."""
        return tuple(name for name, one in _under(self.says, "shifts").items()
                     if isinstance(one, dict) and any(key in one for key in OF_TURNS))  # fmt: skip


def edit_of(data: Data) -> Edit:
    """The edit that plain data tell. Raises UnreadableError.

    What it says of the roster is looked at together with the files.
    """
    if not isinstance(data, dict) or not data:
        raise UnreadableError("this is no edit", "Write what the roster is to say, as its files do")
    known = (*FILE.keys, *OWN)
    for name in data:
        if name not in known:
            raise UnreadableError(f"`{name}` is no key of an edit", did_you_mean(name, known))
    turn, effective = _turning(data)
    for name in SECTIONS:
        found = data.get(name, {})
        if not isinstance(found, dict):
            raise UnreadableError(f"under `{name}` are names", f"Write `{name}: {{name: ...}}`")
    return Edit(
        says={name: deepcopy(value) for name, value in data.items() if name not in OWN},
        file=_word(data.get("file", ""), "file"),
        leaves=[_word(one, "leaves") for one in _list(data, "leaves")],
        takes_back=_list(data, "takes_back"),
        turn=turn,
        effective=effective,
    )


def _turning(data: Mapping[str, Data]) -> tuple[Turning, Effective]:
    turn = str(data.get("turn", Turning.STAYS))
    if turn not in [*Turning]:
        raise UnreadableError(f"`{turn}` says nothing of turns", did_you_mean(turn, [*Turning]))
    effective = str(data.get("effective", Effective.NOW))
    if effective not in [*Effective]:
        hint = did_you_mean(effective, [*Effective])
        raise UnreadableError(f"`{effective}` is no time to take effect", hint)
    if effective != Effective.NOW:
        _only_turns(data)
    return Turning(turn), Effective(effective)


def _only_turns(data: Mapping[str, Data]) -> None:
    """Raises UnreadableError where it says something that cannot take effect later."""
    for name, shift in _under(data, "shifts").items():
        turns = shift.get("turns") if isinstance(shift, dict) else None
        if isinstance(turns, dict) and "from" in turns:
            raise UnreadableError(
                f"`{name}` has a `from` of its own, and `effective` says when already",
                "Leave one of the two out, or write the date under `then`",
            )
    if "leaves" in data:
        raise UnreadableError(
            "whoever leaves is in no list at once, and `effective` is later",
            "Take them out of the `order` with `effective`, and let them leave when it has begun",
        )


def edit_in(name: str, content: bytes) -> Edit:
    """The edit in a text. Raises UnreadableError, with the place."""
    tree = read(name, content)
    if isinstance(tree, Problem):
        raise UnreadableError(f"{tree.file}:{tree.line}:{tree.column}: {tree.message}", tree.fix)
    return edit_of(tree.data)


def _word(value: Data, key: str) -> str:
    if not isinstance(value, str):
        raise UnreadableError(f"`{key}` is no name", "Write a name, or [ana, ben] under `leaves`")
    return value


def _list(data: dict[str, Data], key: str) -> list[Data]:
    found = data.get(key, [])
    if not isinstance(found, list):
        raise UnreadableError(f"`{key}` is no list", f"Write `{key}: [...]`")
    return found


@dataclass
class Saying:
    """What the files are to say. `problems` are parts of the edit that fit nowhere."""

    trees: Sequence[Tree]
    files: Files = field(init=False)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.files = {
            t.file: deepcopy(t.data) if isinstance(t.data, dict) else {} for t in self.trees
        }

    def take(self, edit: Edit) -> None:
        for who in edit.leaves:
            self._leaves(who)
        for change in edit.takes_back:
            self._take_back(change)
        for key, value in edit.says.items():
            if key in SECTIONS and isinstance(value, dict):
                for name, entry in value.items():
                    self._entry(edit, key, name, entry)
            elif key == "changes" and isinstance(value, list):
                self._more_changes(edit, value)
            else:
                self._of_a_file(edit, key, value)

    def _wrong(self, message: str, fix: str) -> None:
        self.problems.append(Problem("the edit", 0, 0, message, fix))

    # -- entries --------------------------------------------------------------------------

    def _entry(self, edit: Edit, section: str, name: str, value: Data) -> None:
        has = [f for f, data in self.files.items() if name in _under(data, section)]
        if value is None and not has:
            known = [n for data in self.files.values() for n in _under(data, section)]
            self._wrong(f"there is no {SINGULAR[section]} `{name}`", did_you_mean(name, known))
            return
        home = has[0] if has else self._home(edit, section)
        if home is not None:
            _merged(self.files[home], {section: {name: value}})

    def _more_changes(self, edit: Edit, more: list[Data]) -> None:
        home = self._home(edit, "changes")
        if home is not None:
            there = self.files[home].setdefault("changes", [])
            if isinstance(there, list):
                there += [one for one in more if one not in there]

    def _of_a_file(self, edit: Edit, key: str, value: Data) -> None:
        home = self._home(edit, key)
        if home is not None:
            _merged(self.files[home], {key: value})

    def _home(self, edit: Edit, section: str) -> str | None:
        """The file in which something new goes: the one named, else the only one that has such."""
        if edit.file:
            found = [f for f in self.files if edit.file in {f, f.rpartition("/")[2]}]
            if not found:
                fix = did_you_mean(edit.file, [f.rpartition("/")[2] for f in self.files])
                self._wrong(f"there is no roster file `{edit.file}`", fix)
            return found[0] if found else None
        has = [f for f, data in self.files.items() if section in data]
        has = has or ([*self.files] if len(self.files) == 1 or section in _ANYWHERE else [])
        if len(has) == 1 or (has and section in _ANYWHERE):
            return has[0]
        names = ", ".join(f.rpartition("/")[2] for f in has or self.files)
        self._wrong(f"`{section}` could go into several files", f"Add `file:` with one of {names}")
        return None

    def shift(self, name: str) -> dict[str, Data]:
        """What the files say of a shift they have."""
        return next((shift for of, shift in self.shifts() if of == name), {})

    def shifts(self) -> Iterator[tuple[str, dict[str, Data]]]:
        for data in self.files.values():
            for name, shift in _under(data, "shifts").items():
                if isinstance(shift, dict):
                    yield name, shift

    # -- taking out -----------------------------------------------------------------------

    def _leaves(self, who: str) -> None:
        """Out of people, of every list that names them, and of changes that are about them."""
        known = [n for data in self.files.values() for n in _under(data, "people")]
        if who not in known:
            self._wrong(f"there is no person `{who}`", did_you_mean(who, known))
            return
        for data in self.files.values():
            for pattern, section in REFERENCES:
                if section == "people":
                    _without(data, pattern, who)
            changes = data.get("changes")
            if isinstance(changes, list):
                changes[:] = [c for c in changes if not _is_about(c, who)]
                if not changes:
                    del data["changes"]
            people = data.get("people")
            if isinstance(people, dict):
                people.pop(who, None)

    def _take_back(self, change: Data) -> None:
        for data in self.files.values():
            there = data.get("changes")
            if isinstance(there, list) and change in there:
                there.remove(change)
                if not there:
                    del data["changes"]
                return
        self._wrong("there is no such change in the files", "Copy it as it stands there")


_ANYWHERE = ("changes",)
"""Sections that may stand in any file, and go into the first one where none has them."""
_MAY_GO = ("pins", "always_in", "tell", "agents", "fallback")
"""Lists that are left out when nobody is left in them."""


def _under(data: Mapping[str, Data], section: str) -> dict[str, Data]:
    found = data.get(section)
    return found if isinstance(found, dict) else {}


def _merged(into: dict[str, Data], piece: Mapping[str, Data]) -> None:
    for key, value in piece.items():
        there = into.get(key)
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            below = there if isinstance(there, dict) else {}
            _merged(below, value)
            into[key] = below
        else:
            into[key] = value


def _without(data: dict[str, Data], pattern: Path, who: str) -> None:
    for above, key in _matching(data, pattern):
        names = above[key]
        if isinstance(names, list) and who in names:
            names[:] = [n for n in names if n != who]
            if not names and key in _MAY_GO:
                del above[key]


def _matching(data: Data, pattern: Path) -> Iterator[tuple[dict[str, Data], str]]:
    """The mappings in which the last key of a pattern stands; `*` is any key, or any of a list."""
    if isinstance(data, list) and pattern[0] == "*":
        for one in data:
            yield from _matching(one, pattern[1:])
    if not isinstance(data, dict):
        return
    key, *rest = (str(part) for part in pattern)
    for name in [*data] if key == "*" else [key] if key in data else []:
        if rest:
            yield from _matching(data[name], tuple(rest))
        else:
            yield data, name


def _is_about(change: Data, who: str) -> bool:
    keys = [key for key, section in IN_CHANGES.items() if section == "people"]
    return isinstance(change, dict) and who in [change.get(key) for key in keys]
