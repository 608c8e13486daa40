"""What goes together in one change of duty of a roster file."""

from datetime import timedelta

from rotation.core.roster import Doing
from rotation.roster_file.entries import ChangeEntry
from rotation.roster_file.problems import UnreadableError

_LONGEST = timedelta(days=400)
_NEEDS = {
    Doing.OFF: ("since",),
    Doing.COVER: ("by", "since"),
    Doing.EXTRA: ("shift", "since"),
    Doing.SWAP: ("on", "other", "for_"),
}
_MAY = {
    Doing.OFF: ("until", "zone", "turn", "shift"),
    Doing.COVER: ("until", "zone", "shift"),
    Doing.EXTRA: ("until", "zone"),
    Doing.SWAP: (),
}
_KEYS = {"since": "from", "until": "to", "other": "with", "for_": "for"}
_EXAMPLES = {
    Doing.OFF: "{off: ana, from: 2026-01-05, to: 2026-01-09, reason: holiday}",
    Doing.COVER: "{cover: ana, by: ben, from: 2026-01-05}",
    Doing.EXTRA: "{extra: ana, shift: asia, from: 2026-01-05}",
    Doing.SWAP: "{swap: ana, on: asia 2026-01-05, with: ben, for: asia 2026-01-12}",
}


def fits(entry: ChangeEntry) -> None:
    """Raises UnreadableError where keys are missing, or do not belong to what it does."""
    does = [kind for kind in Doing if getattr(entry, kind) is not None]
    if len(does) != 1:
        raise UnreadableError(
            "a change does one thing: `off`, `cover`, `swap` or `extra`",
            f"Write `{_EXAMPLES[does[0] if does else Doing.OFF]}`",
        )
    kind = does[0]
    given = {n for n in ChangeEntry._fields if getattr(entry, n) != ChangeEntry._field_defaults[n]}
    for name in _NEEDS[kind]:
        if name not in given:
            raise UnreadableError(
                f"`{_KEYS.get(name, name)}` is missing", f"Write `{_EXAMPLES[kind]}`"
            )
    odd = given - {kind.value, "reason", *_NEEDS[kind], *_MAY[kind]}
    if odd:
        name = min(odd)
        raise UnreadableError(
            f"`{_KEYS.get(name, name)}` says nothing of `{kind}`", f"Write `{_EXAMPLES[kind]}`"
        )
    _in_order(entry)


def _in_order(entry: ChangeEntry) -> None:
    """Whether it ends after it begins, as far as that needs no zone."""
    if entry.since is None:
        return
    (first, starts), (last, ends) = entry.since, entry.until or entry.since
    if (starts is None) != (ends is None):
        raise UnreadableError("one end is a date and the other a time", "Write two of the same")
    if starts is not None and entry.until is None:
        raise UnreadableError("`to` is missing", "Say when it ends, or write dates alone")
    if (last, ends or 0) < (first, starts or 0) or (starts is not None and last == first
                                                    and ends == starts):  # fmt: skip
        raise UnreadableError("it ends before it begins", "Exchange `from` and `to`")
    if last - first > _LONGEST:
        raise UnreadableError("it lasts longer than 400 days", "Write the roster anew instead")
