"""The rosters: the files, the version in force, and whether each fits the settings."""

from collections.abc import Generator, Iterator

from rotation.core.roster import Roster
from rotation.roster_file import Reading, RosterErrors, digest, reading, snapshot
from rotation.settings import Settings
from rotation.surfaces.counting import counted, summed_up
from rotation.surfaces.doctor.check import Check, bad, ok, warn
from rotation.surfaces.doctor.kept import Kept
from rotation.surfaces.masking import masked, on_one_line


def rosters(settings: Settings, kept: Kept) -> Generator[Check, None, Roster | None]:
    """Look at the roster files; returns the roster in force, else that of the files."""
    try:
        found = reading(snapshot(settings.schedules))
    except RosterErrors as wrong:
        yield _wrong(wrong)
        found = None
    if found is not None:
        yield from _files(settings, found)
        yield from _in_force(found.roster, kept)
    roster = kept.roster or (found.roster if found is not None else None)
    if roster is not None:
        yield from _accounts(settings, roster)
        yield from _told(settings, roster)
    return roster


def _wrong(wrong: RosterErrors) -> Check:
    first, count = masked(on_one_line(str(wrong.problems[0]))), len(wrong.problems)
    more = f" (and {count - 1} more)" if count > 1 else ""
    return bad("roster files", f"{first}{more}", "run `rotation check` and mend what it names")


def _files(settings: Settings, found: Reading) -> Iterator[Check]:
    yield ok("roster files", f"{settings.schedules}: {summed_up(found.roster)}")
    if found.remarks:
        first = masked(on_one_line(str(found.remarks[0])))
        yield warn(
            "roster files",
            f"{counted(len(found.remarks), 'remark')}: {first}",
            "run `rotation check`",
        )


def _in_force(files: Roster, kept: Kept) -> Iterator[Check]:
    if kept.roster is None:
        return
    if digest(files) == kept.digest.partition("+")[0]:
        yield ok("roster in force", f"{kept.digest}, as the files say")
    else:
        found = f"{kept.digest} is in force, the files say {digest(files)}"
        yield warn("roster in force", found, "see `rotation holds`; without a daemon, start it")


def _accounts(settings: Settings, roster: Roster) -> Iterator[Check]:
    for account in sorted({group.account for group in roster.groups.values()}):
        if account not in settings.accounts:
            groups = ", ".join(group.id for group in roster.groups_of(account))
            found = f"{groups}: the settings know no account {account}"
            yield bad("roster", found, f"write [accounts.{account}], or name another account")


def _told(settings: Settings, roster: Roster) -> Iterator[Check]:
    alerts = settings.alerts
    ways = [
        *(["the alert command"] if alerts.command else []),
        *(["the alert URL"] if alerts.url is not None else []),
        *(["Apprise"] if alerts.apprise is not None else []),
        *([f"{', '.join(roster.tell)} in the chat"] if roster.tell else []),
    ]
    if not ways:
        how = "name people under `tell:` in a roster, or set alerts.command or alerts.url"
        yield warn("alerts", "nobody is told when something needs a person", how)
    elif not (alerts.command or alerts.url or alerts.apprise):
        found = f"told: {ways[0]}, which a lost session cuts off"
        yield warn("alerts", found, "set alerts.command or alerts.url as well")
    else:
        yield ok("alerts", f"told: {', '.join(ways)}")
