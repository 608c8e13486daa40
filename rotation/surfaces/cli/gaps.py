"""What a roster leaves open in the months to come: gaps, overlaps, people on twice, short rests."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from rotation.core.budget import Rule
from rotation.core.gaps import NOTHING, UNCOVERED, Found, Kind, gaps
from rotation.core.roster import AccountId, GroupId, Roster
from rotation.core.timeline import Timeline
from rotation.surfaces import gaps as said
from rotation.surfaces.cli.moment import moment, now
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, heading, say
from rotation.surfaces.cli.roster import (
    Drip,
    Json,
    Schedules,
    drips_of,
    folder_of,
    groups_named,
    roster_in,
)
from rotation.surfaces.counting import counted
from rotation.surfaces.gaps import MINUTE, clocks_said, rank, what_said
from rotation.surfaces.months import months_later

_DAY = timedelta(days=1)
_LEVELS = ((0, "·"), (60, "░"), (240, "▒"), (1439, "▓"), (1440, "█"))
"""How many minutes of a day are open at most, and how that is drawn: lighter is better."""
_RULER = "".join(f"{day:<5}" for day in (1, 6, 11, 16, 21, 26, 31))
_LEGEND = "UTC days; open for: · nothing  ░ up to 1 h  ▒ up to 4 h  ▓ more  █ all day"


def register(app: typer.Typer) -> None:
    app.command("gaps")(show)


def show(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    group: Annotated[str | None, typer.Argument(help="Only this group, and its people.")] = None,
    *,
    months: Annotated[int, typer.Option(min=1, max=36, help="How many months to look at.")] = 13,
    since: Annotated[
        str | None, typer.Option("--from", help="Where they start; now if not given.")
    ] = None,
    rest: Annotated[
        int, typer.Option(min=0, max=48, help="Hours that people should be off between duties.")
    ] = 0,
    drip: Drip = None,
    schedules: Schedules = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """What the roster leaves open in the months to come: gaps, overlaps, people on twice.

    Time without anybody on duty, with fewer than `keep_at_least`, with two shifts at once, people
    on two shifts at once, and rests shorter than `--rest`. What comes back day after day is one
    line, with the clocks that were set just before it began, and the seasons without which it
    would not be. Hours that fallback people fill, or that are closed on purpose, are listed last,
    and are no gaps; groups with `uncovered: empty` have none. Handovers that the drip is too slow
    for are told of the first two weeks. Answered from the roster files alone.

    Ends with 1 when a group is ever uncovered, for use in CI, and with 0 when none is.

    Example: rotation gaps --months 13 --rest 11
    """
    roster = roster_in(folder_of(schedules, config))
    starts = moment(since, now()).replace(second=0, microsecond=0)
    only = frozenset(groups_named(roster, group))
    ends = months_later(starts, months)
    looked_at = _narrowed(roster, only)
    found = gaps(Timeline(looked_at), starts, ends, timedelta(hours=rest) or NOTHING)
    slow = _too_slow(roster, only, drips_of(schedules, config, drip), starts)
    if as_data:
        told = [said.as_data(one) for one in found]
        as_json({"from": starts, "until": ends, "found": told, "drip": slow})
    else:
        _show(looked_at, found, starts, ends)
        for one in slow:
            say(f"Too slow a drip. {one}")
    if any(one.kind in UNCOVERED for one in found):
        raise typer.Exit(Ends.PROBLEMS)


def _too_slow(
    roster: Roster, only: Collection[GroupId], drip: Callable[[AccountId], Rule], starts: datetime
) -> list[str]:
    """All groups of an account share its drip, whichever of them is looked at."""
    from rotation.surfaces.foresight import too_short

    found = too_short(roster, Timeline(roster), drip, starts)
    return [one.said for one in found if one.group in only]


def _narrowed(roster: Roster, only: frozenset[GroupId]) -> Roster:
    from dataclasses import replace

    return replace(roster, groups={n: g for n, g in roster.groups.items() if n in only})


# -- for people ---------------------------------------------------------------------------


def _show(roster: Roster, found: Sequence[Found], since: datetime, until: datetime) -> None:
    of_groups: dict[tuple[GroupId, ...], list[Found]] = defaultdict(list)
    for one in found:
        of_groups[one.groups].append(one)
    of_people = of_groups.pop((), [])
    for groups, theirs in of_groups.items():
        heading(_some(groups))
        for one in sorted(theirs, key=rank):
            _show_one(roster, one)
        for line in _map(theirs, since, until):
            say(line)
        say()
    if of_people:
        heading("People")
        for one in of_people:
            _show_one(roster, one)
        say()
    say(_summed_up(found, since, until))


def _some(groups: Sequence[GroupId]) -> str:
    first, more = groups[:5], len(groups) - 5
    return ", ".join(first) + (f" and {counted(more, 'more group')}" if more > 0 else "")


def _show_one(roster: Roster, found: Found) -> None:
    first, last = found.stretches[0][0], found.stretches[-1][0]
    times = len(found.stretches)
    when = (
        f"on {first:%Y-%m-%d} at {first:%H:%M}Z"
        if times == 1
        else f"{times} times from {first:%Y-%m-%d} {first:%H:%M}Z to {last:%Y-%m-%d}"
    )
    say(f"  {what_said(roster, found)}, {when}")
    if found.why and found.kind is not Kind.CLOSED:
        say(f"      other hours: {', '.join(found.why)}")
    if found.clocks:
        say(f"      clocks: {', '.join(clocks_said(change) for change in found.clocks)}")


def _map(found: Sequence[Found], since: datetime, until: datetime) -> Iterator[str]:
    """A line for each month, a sign for each day; none where nothing is ever open."""
    opened: dict[date, float] = defaultdict(float)
    for one in found:
        if one.kind in UNCOVERED:
            for starts, ends in one.stretches:
                for day, minutes in _by_day(starts, ends):
                    opened[day] += minutes
    if not opened:
        return
    yield f"          {_RULER}".rstrip()
    first, last = since.astimezone(UTC).date(), (until - MINUTE).astimezone(UTC).date()
    month = first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        days = [month + timedelta(days=n) for n in range((following - month).days)]
        yield (
            f"  {month:%Y-%m} "
            + "".join(_sign(opened[day]) if first <= day <= last else " " for day in days).rstrip()
        )
        month = following
    yield f"          {_LEGEND}"


def _by_day(starts: datetime, ends: datetime) -> Iterator[tuple[date, float]]:
    while starts < ends:
        midnight = starts.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        yield starts.date(), (min(midnight, ends) - starts) / MINUTE
        starts = midnight


def _sign(minutes: float) -> str:
    return next(sign for most, sign in _LEVELS if minutes <= most)


def _summed_up(found: Sequence[Found], since: datetime, until: datetime) -> str:
    window = f"from {since:%Y-%m-%d} to {until:%Y-%m-%d}"
    open_ = [one for one in found if one.kind in UNCOVERED]
    if not open_:
        return f"No group is uncovered {window}"
    groups = {group for one in open_ for group in one.groups}
    return (
        f"{counted(len(groups), 'group')} {'is' if len(groups) == 1 else 'are'} uncovered at times"
        f" {window}.\nMove hours, add people, name `fallback` people, or declare it `closed`"
        " where it is meant."
    )
