"""What a group says of who goes: its own words, and the defaults' wherever it has none."""

import string
from collections.abc import Iterator
from datetime import timedelta
from typing import TypeAlias

from rotation.core import notice
from rotation.core.reason import WARNING
from rotation.core.roster import Goodbye, NoticeTo, Quiet
from rotation.roster_file.check import Checked
from rotation.roster_file.entries import GoodbyeEntry
from rotation.roster_file.forms import NO_HOURS, VARIABLES
from rotation.roster_file.model import occasion
from rotation.roster_file.problems import Problem
from rotation.roster_file.tree import Path

Occasion: TypeAlias = tuple[str, str]
"""Reason and language; "" stands for any."""
_FIX = 'Write `text: "{names} sign off. {next} have it now."`'


def joined(own: GoodbyeEntry | None, above: GoodbyeEntry | None, zone: str) -> Goodbye | None:
    """The group's goodbye; of the defaults', whatever the group does not say otherwise.

    `zone` is where its clocks are read, unless one of them says.
    """
    if own is None and above is None:
        return None
    ours, theirs = own or GoodbyeEntry(), above or GoodbyeEntry()
    said, texts = _texts(ours), _texts(theirs)
    kept = {key: text for key, text in texts.items() if not any(_covers(k, key) for k in said)}
    before = theirs.before if ours.before is None else ours.before
    to = ours.to or theirs.to or NoticeTo.GROUP
    hours = ours.quiet or theirs.quiet or NO_HOURS
    quiet = None if hours == NO_HOURS else Quiet(hours, ours.zone or theirs.zone or zone)
    return Goodbye(kept | said, before or timedelta(0), to, quiet)


def problems(checked: Checked) -> Iterator[Problem]:
    """Goodbyes that say nothing, and texts with a variable that their reason leaves empty."""
    file, above = checked.file, None
    if file.defaults is not None and file.defaults.goodbye is not None:
        above = file.defaults.goodbye
        yield from _empty_variables(checked, ("defaults", "goodbye"), above)
        yield from _zone_of_nothing(checked, ("defaults", "goodbye"), above, None)
    for name, group in file.groups.items():
        path, own = ("groups", name, "goodbye"), group.policy.goodbye
        if own is None:
            continue
        yield from _empty_variables(checked, path, own)
        yield from _zone_of_nothing(checked, path, own, above)
        if not any(_texts(e) or e.quiet or e.zone for e in (own, above) if e is not None):
            yield checked.tree.problem_with_key(path, "the goodbye says nothing", _FIX)


def _zone_of_nothing(
    checked: Checked, path: Path, entry: GoodbyeEntry, above: GoodbyeEntry | None
) -> Iterator[Problem]:
    if entry.zone is not None and entry.quiet is None and (above is None or above.quiet is None):
        message = "`zone` says by whose clocks it is quiet, and there are no quiet hours"
        yield checked.tree.problem((*path, "zone"), message, "Write `quiet: 22:00 to 07:00` too")


def _texts(entry: GoodbyeEntry) -> dict[Occasion, str]:
    texts = {} if entry.text is None else {("", ""): entry.text}
    return texts | {occasion(key): text for key, text in entry.texts.items()}


def _covers(own: Occasion, other: Occasion) -> bool:
    """Whether a group that has a text for `own` wants no other for `other`."""
    is_for_it = own[0] == other[0] or (not own[0] and other[0] != WARNING)
    return is_for_it and own[1] in {"", other[1]}


def _empty_variables(checked: Checked, path: Path, entry: GoodbyeEntry) -> Iterator[Problem]:
    for key, text in entry.texts.items():
        reason, _ = occasion(key)
        empty = notice.EMPTY_IN.get(reason, frozenset())
        used = {field for _, field, _, _ in string.Formatter().parse(text) if field}
        for variable in sorted(used & empty):
            message = f"`{{{variable}}}` means nothing in a text for `{reason}`"
            known = ", ".join(f"{{{v}}}" for v in VARIABLES if v not in empty)
            yield checked.tree.problem((*path, "texts", key), message, f"It has: {known}")
