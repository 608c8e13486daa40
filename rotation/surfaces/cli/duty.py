"""How what `who` and `timeline` answer is shown to people."""

from rotation.surfaces.cli.output import heading, instant, say, table
from rotation.surfaces.on_duty import Change, Reading, Stretch, Turn, Who


def show_who(found: Who) -> None:
    heading(found.group)
    if found.on_duty:
        rows = [
            (one.name, one.shift, _told(one.since, "before that"), _told(one.until, "open"))
            for one in found.on_duty
        ]
        table(("ON DUTY", "SHIFT", "SINCE", "UNTIL"), rows)
    else:
        say("nobody is on duty")
    if found.next is None:
        say("next: no handover within 400 days")
    else:
        say(f"next: {_both(found.next.at)}: {_moves(found.next)}")
    say()


def show_stretch(found: Stretch) -> None:
    heading(found.group)
    table(
        ("SHIFT", "ON DUTY", "STARTS", "ENDS", ""),
        ((t.shift, t.name, _both(t.starts), _both(t.ends), _remark(t)) for t in found.turns),
    )
    say()
    table(("HANDOVER", "WHO"), ((_both(c.at), _moves(c)) for c in found.handovers))
    for gone in found.vanished:
        say(f"{gone.key} vanishes: at {instant(gone.at)} the clocks jump over all of it")
    for away in found.not_served:
        why = f": {away.reason}" if away.reason else ""
        say(f"{away.shift} is not served from {_both(away.starts)} to {_both(away.ends)}{why}")
    for shut in found.closed:
        say(f"closed from {_both(shut.starts)} to {_both(shut.ends)}: {', '.join(shut.why)}")
    say()


def _remark(turn: Turn) -> str:
    season = None if turn.season is None else turn.season or "a season"
    return ", ".join(filter(None, (season, "moved by a clock jump" * turn.moved)))


def _told(reading: Reading | None, otherwise: str) -> str:
    return otherwise if reading is None else _both(reading)


def _both(reading: Reading) -> str:
    """`2027-01-05 08:00Z (Tue 17:00 Tokyo)`: the date is UTC's, the weekday the zone's."""
    weekday, _date, clock, _offset, zone = reading.local.split()
    there = (
        "" if zone == "UTC" else f" ({weekday} {clock} {zone.rpartition('/')[2].replace('_', ' ')})"
    )
    return f"{reading.at:%Y-%m-%d %H:%M}Z{there}"


def _moves(change: Change) -> str:
    come = [f"{name} comes" for name in change.incoming]
    go = [f"{name} goes" for name in change.outgoing]
    left = [] if change.on_duty else ["nobody is on duty then"]
    return ", ".join(come + go + left)
