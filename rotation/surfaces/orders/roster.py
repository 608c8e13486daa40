"""An edit of the roster files, and taking one back: the page and the command ask for the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from rotation.ledger import AuditRecord, Ledger, Rights
from rotation.roster_file import Problem as Misfit
from rotation.roster_file import RosterErrors, Snapshot, saving, snapshot
from rotation.roster_file.edit import Edit, Opened, edit_in, edit_of
from rotation.roster_file.problems import UnreadableError
from rotation.surfaces.counting import counted
from rotation.surfaces.editing import Look, Looks, as_it_is, look
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.naming import shift_called
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Undo, Weighed
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Changed, Problem, Refused, Unknown, Wrong

SAVE = re.compile(r"r[1-9]\d{0,17}", re.ASCII)
"""What a save is called: by its record in the trail."""
EDITED, PUT_BACK = "roster_edited", "roster_put_back"
"""The kinds of the records."""
_LOOKS = Looks()


@dataclass(frozen=True, slots=True)
class Wish:
    """One of the two."""

    edit: str = asks(
        "What the roster is to say", Kind.EDIT, "", hint="a piece of a roster file, as YAML or JSON"
    )
    table: str = asks(
        "Or rows of a spreadsheet", Kind.EDIT, "",
        hint="people (name, phone), who has a shift on a date (date, shift, name), or a calendar",
    )  # fmt: skip
    shifts: tuple[str, ...] = asks(
        "Of which shift the table is", Kind.SHIFT, (), hint="where it does not say; or several"
    )
    file: str = asks("In which file what is new goes", Kind.NAME, "", hint="desk.yaml")


def weigh(counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    if bool(wish.edit.strip()) == bool(wish.table.strip()):
        raise Wrong("it takes either an edit or a table", "Give one of the two")
    known = opened(counter)
    left: tuple[str, ...] = ()
    try:
        edit, left = _meant(sight, known, wish)
    except UnreadableError as wrong:
        raise Wrong(wrong.message, wrong.fix) from None
    except RosterErrors as errors:
        return Weighed((), _never, problems=tuple(map(_problem, errors.problems)))
    if edit is None:
        return _same("The roster has it so already, so nothing is new.")
    key = (known.files, sight.digest, repr(edit), sight.now.date())
    found = _LOOKS.of(key, lambda: look(sight, known, known.edited(edit, sight.now)))
    weighed = _weighed(sight, known.files, found)
    return replace(weighed, said=(*weighed.said, *map(on_one_line, map(masked, left))))


def _meant(sight: Sight, known: Opened, wish: Wish) -> tuple[Edit | None, tuple[str, ...]]:
    """The edit that is wished, and what of a table is not in it.

    No edit where a table says nothing new. Raises RosterErrors.
    """
    left: tuple[str, ...] = ()
    if wish.edit.strip():
        edit = edit_in("the edit", wish.edit.encode())
    else:
        # It brings readers of calendars along, for daemons that are never given one as well.
        from rotation.importing.pasted import pasted

        roster = as_it_is(sight, known)
        shifts = tuple(shift_called(roster, one.strip()) for one in wish.shifts if one.strip())
        told = pasted("the table", wish.table.encode(), roster, sight.now, shifts)
        if not told.edit:
            return None, told.left
        edit, left = edit_of(told.edit), told.left
    return (replace(edit, file=wish.file.strip()) if wish.file.strip() else edit), left


def put_back(counter: Counter, sight: Sight, name: str) -> Weighed:
    """Undoing the save of this name: what the files said before it, if they are as it left them."""
    record = _record(sight, name)
    known = opened(counter)
    files = known.files
    before, after = _digests(record, "before"), _digests(record, "after")
    now = {_short(f): saving.digest_of(content) for f, content in files if _short(f) in after}
    if now == before:
        return _same(f"{name} was undone already, so nothing is new.", name)
    if now != after:
        why = f"the files were changed after {name}"
        return _not_now(why, "Undo what came later first, or edit them again")
    try:
        kept = saving.kept([name for name, _ in files if _short(name) in after], name)
    except saving.NotSaved as no:
        return _not_now(str(no))
    key = (files, sight.digest, name, sight.now.date())
    found = _LOOKS.of(key, lambda: look(sight, known, known.with_texts(kept)))
    return _weighed(sight, files, found, undoes=name)


def opened(counter: Counter) -> Opened:
    """The roster files as they are now. Raises Wrong where there are none to read."""
    return _LOOKS.opened(_files(counter))


def _files(counter: Counter) -> Snapshot:
    try:
        return snapshot(counter.settings.schedules)
    except RosterErrors as errors:
        first = errors.problems[0]
        raise Wrong(first.message, first.fix) from None


def _record(sight: Sight, name: str) -> AuditRecord:
    number = int(name[1:])
    found = sight.books.audit.piece_after(number - 1, 1)
    if not found or found[0].seq != number or found[0].kind not in {EDITED, PUT_BACK}:
        raise Unknown(f"there is no save {name} of the roster files", "See `rotation history`")
    return found[0]


def _digests(record: AuditRecord, when: str) -> dict[str, str]:
    """By file. Each entry is `DIGEST FILE`."""
    found = record.detail.get(when)
    pairs = [str(one).partition(" ") for one in found] if isinstance(found, list) else []
    return {file: digest for digest, _, file in pairs}


def _same(said: str, name: str = "") -> Weighed:
    return Weighed((), _never, already=Made(name, (said,), new=False))


def _not_now(why: str, fix: str = "") -> Weighed:
    return Weighed((), _never, problems=(Problem(why, fix=fix),))


def _short(file: str) -> str:
    """Its name in the folder, which is what people and the trail call it."""
    return file.rpartition("/")[2]


def _never(_by: By) -> NoReturn:
    raise AssertionError("what is as it was is not written")


def _weighed(sight: Sight, files: Snapshot, found: Look, undoes: str = "") -> Weighed:
    new = found.edited
    if not new.problems and not new.changed:
        return _same("The files say so already, so nothing is new.")
    digests = tuple(
        (name, saving.digest_of(old), saving.digest_of(then))
        for (name, old), (_, then) in zip(files, new.files, strict=True)
        if name in new.changed
    )
    return Weighed(
        said=(*found.said, *_elsewhere(sight)),
        write=lambda by: _saved(sight, files, found, by, undoes),
        rows=tuple(Row(m.when, m.was, m.will, m.groups) for m in found.shown.moves),
        problems=tuple(map(_problem, new.problems)),
        groups=found.groups,
        people=found.people,
        everywhere=found.everywhere,
        agreed=digests,
        data={"look": found.shown},
    )  # fmt: skip


def _elsewhere(sight: Sight) -> Iterator[str]:
    """Where several machines share the ledger, each has files of its own."""
    places = {one.place for one in sight.books.leases.replicas()}
    if len(places) > 1:
        others = counted(len(places) - 1, "other machine")
        yield f"These are the files of this machine: bring them to {others} that run rotation too."


def _problem(found: Misfit) -> Problem:
    where = f"{_short(found.file)}:{found.line}: " if found.line else ""
    what, fix = (masked(on_one_line(text)) for text in (f"{where}{found.message}", found.fix))
    return Problem(what, fix=fix)


def _saved(sight: Sight, files: Snapshot, found: Look, by: By, undoes: str) -> Made:
    """The record first, which names the save; where the files cannot be written it is not kept."""
    new = found.edited
    author, reason = by.told

    def told(some: Snapshot) -> list[str]:
        return [f"{saving.digest_of(c)} {_short(name)}" for name, c in some if name in new.changed]

    what = f"{undoes} ({found.what})" if undoes else found.what
    number = sight.books.audit.append(
        at=sight.now, kind=PUT_BACK if undoes else EDITED, group=None,
        person=found.people[0] if len(found.people) == 1 else None, reason=None,
        origin=f"{author} by hand",
        detail={"what": what, "why": reason, "before": told(files), "after": told(new.files)},
    )  # fmt: skip
    name = f"r{number}"
    try:
        save = saving.save(files, new.files, name)
    except saving.ChangedUnderneath as no:
        raise Changed(str(no), "Ask again") from None
    except saving.NotSaved as no:
        raise Refused([Problem(str(no))]) from None
    written = ", ".join(map(_short, new.changed))
    return Made(
        name,
        (f"Saved as {name} ({written}); `rotation undo {name}` puts back what was there.",),
        new=True,
        undo=Undo("undo", {"name": name}, f"rotation undo {name}"),
        groups=found.groups,
        people=found.people,
        data={"save": name, "files": [*map(_short, new.changed)], "what": what},
        ends=lambda is_written: save.keep() if is_written else save.put_back(),
    )


def recovered(ledger: Ledger, schedules: Path) -> str | None:
    """Put back a save that a process left half done, and say which; one with a record stays.

    Raises NotSaved, LedgerTrouble.
    """
    folder = schedules if schedules.is_dir() else schedules.parent

    def was_kept(name: str) -> bool:
        number = int(name[1:])
        with ledger.reading() as books:
            found = books.audit.piece_after(number - 1, 1)
        return any(r.seq == number and r.kind in {EDITED, PUT_BACK} for r in found)

    return saving.recover(folder, was_kept)


def last_save(counter: Counter, sight: Sight) -> tuple[str, AuditRecord] | None:
    """The save that can be undone now, if the files are as it left them."""
    records = [
        record
        for kind in (EDITED, PUT_BACK)
        for record in sight.books.audit.list(kind=kind, limit=1)
    ]
    if not records:
        return None
    newest = max(records, key=lambda record: record.seq)
    files = {_short(file): saving.digest_of(content) for file, content in _files(counter)}
    after = _digests(newest, "after")
    as_left = all(files.get(file) == digest for file, digest in after.items())
    return (f"r{newest.seq}", newest) if as_left else None


ROSTER = Order("roster", "Edit the roster", Rights.OPERATOR, Wish, weigh)
