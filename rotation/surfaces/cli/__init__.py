"""The command line: `rotation COMMAND`. Every command, its panel, and the module it lives in.

`rotation --help` is printed from the table below and loads nothing else; a command's module is
loaded when that command is run. A module has `register(app)`, which adds its commands.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Listed(NamedTuple):
    """A command as `rotation --help` shows it: the first sentence of its own help."""

    name: str
    summary: str
    module: str


PANELS: dict[str, tuple[Listed, ...]] = {
    "Every day": (
        Listed("status", "Who is in each group, who comes and goes, what is in the way.", "look"),
        Listed("who", "Who is on duty, until when, and who is next.", "roster"),
        Listed("next", "The handovers that come next in each group.", "look"),
        Listed("plan", "What rotation would do now, why, and when it will be done.", "look"),
        Listed("explain", "Why somebody is in a group or not, and until when.", "look"),
        Listed(
            "notices",
            "What will be said when people leave a group, word for word; nothing is sent.",
            "notices",
        ),
        Listed("handover", "Hand a group over by hand, now or at an instant.", "act"),
        Listed(
            "cover",
            "Let somebody stand in for somebody else, in every group of their shifts.",
            "change",
        ),
        Listed(
            "off",
            "Give somebody time off: they are on duty in none of their shifts in it.",
            "change",
        ),
        Listed(
            "swap", "Exchange two people's shifts, each named by the date it starts on.", "change"
        ),
        Listed("extra", "Put somebody on duty as well, in a shift and all its groups.", "change"),
        Listed(
            "changes",
            "Cover, time off, swaps and extra people: of the files and by command.",
            "change",
        ),
        Listed(
            "undo", "End a handover, a grant or a change of duty by hand now, all of it.", "act"
        ),
        Listed("holds", "What waits, since when, why, and what ends it.", "past"),
        Listed("release", "End a hold by a person's word.", "act"),
        Listed("adopt", "What raising a group's mode would do; nothing is changed.", "adopt"),
        Listed(
            "week",
            "The last seven days in a few lines, and what comes; or an agent's own coming week.",
            "week",
        ),
        Listed("review", "Strangers, the silent, and whatever else deserves a look.", "review"),
        Listed("history", "What was done and why, newest first.", "past"),
        Listed(
            "access-report",
            "Who had access to a group, from when till when, why, and how that was proven.",
            "access",
        ),
    ),
    "Roster": (
        Listed("link", "Draft a roster from the groups an account is in: first contact.", "link"),
        Listed(
            "import",
            "Make a roster of what another service exports: exactly, or with what is wrong.",
            "convert",
        ),
        Listed("check", "Read the roster files and name every mistake in them.", "roster"),
        Listed("edit", "Edit the roster files by a piece of a roster.", "edit"),
        Listed("timeline", "The shifts and handovers of a stretch of time.", "roster"),
        Listed(
            "gaps",
            "What the roster leaves open in the months to come: gaps, overlaps, people on twice.",
            "gaps",
        ),
        Listed(
            "workload",
            "How many hours everybody is on duty, and how many of them at night and on weekends.",
            "workload",
        ),
        Listed(
            "diff",
            "Whose shifts move when one roster takes another's place, and by how much.",
            "diff",
        ),
        Listed(
            "calendars",
            "Calendars whose events are covers, kept in step by the daemon: how each stands.",
            "calendars",
        ),
        Listed(
            "export", "Duty as a file that calendar applications or spreadsheets read.", "export"
        ),
        Listed("schema", "Print the JSON schema of roster files, for editors.", "roster"),
    ),
    "People": (
        Listed("grant", "Let somebody into a group for a while, without being on duty.", "grant"),
        Listed(
            "pin", "Keep somebody in a group whatever the shifts say, until it is undone.", "grant"
        ),
        Listed(
            "grants",
            "Who is let in by hand: until when, for which ticket, by whom and why.",
            "grant",
        ),
        Listed(
            "resolve",
            "Resolve a ticket: whom it let in leaves, and every expert in its group.",
            "ticket",
        ),
        Listed(
            "reopen",
            "Open a resolved ticket or a closed group again: whoever left with it is let in anew.",
            "ticket",
        ),
        Listed(
            "close",
            "Close a group: its message is said once, then everyone but the kept leaves by drip.",
            "close",
        ),
        Listed(
            "subscriptions",
            "People of no roster who may be in a group until an instant.",
            "subscriptions",
        ),
        Listed(
            "wipe",
            "Take somebody out of every group, in the roster or not, and never let them in again.",
            "wipe",
        ),
        Listed(
            "leavers",
            "Wipe everybody whom a list of leavers names, all of it or nothing; meant for a timer.",
            "leavers",
        ),
        Listed(
            "reinstate",
            "Let somebody who was wiped be in groups again, as the roster says.",
            "wipe",
        ),
        Listed(
            "forget",
            "Erase who somebody is: numbers, hidden ids, name, and when they were last heard.",
            "forget",
        ),
    ),
    "Operate": (
        Listed("run", "Run the daemon: carry out handovers as the rosters say.", "operate"),
        Listed(
            "demo", "Three days of handovers with faults, in a minute, and their proof.", "demo"
        ),
        Listed(
            "simulate",
            "Rehearse the rosters: days of handovers in a pretend WhatsApp, in all weathers.",
            "simulate",
        ),
        Listed("sandbox", "Run a pretend Wawp with WhatsApp's rules on this machine.", "sandbox"),
        Listed("doctor", "Look at all that rotation stands on; say what to do.", "doctor"),
        Listed("webhooks", "Where the provider sends events; register or remove us.", "webhooks"),
        Listed(
            "events",
            "Which systems of yours are told of what happens, and how far each has come.",
            "events",
        ),
        Listed(
            "hooks",
            "Which systems of yours are listened to: tickets and subscriptions by webhook.",
            "hooks",
        ),
        Listed(
            "db",
            "The ledger's schema, bringing it up to date, and moving to another database.",
            "database",
        ),
        Listed("token", "Who may look and give orders from elsewhere, and ending that.", "token"),
        Listed("backup", "Copy the ledger while it is in use, and prove it whole.", "database"),
        Listed("restore", "Put a backup in the ledger's place.", "database"),
        Listed("init", "Write a commented rotation.toml and an example roster.", "init"),
    ),
}

ABOUT = "rotation keeps the right people in chat groups: handovers carried out and proven."
_USAGE = """\
Usage: rotation COMMAND [OPTIONS]

`rotation COMMAND --help` says more about a command, with an example.
`rotation --version` prints the version.
`rotation COMMAND ... --server URL` asks a rotation elsewhere, with the token in ROTATION_TOKEN.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments name (those of the process if none are given)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    match given:
        case [] | ["-h" | "--help", *_]:
            sys.stdout.write(overview())
        case ["--version"]:
            sys.stdout.write(f"rotation {_version()}\n")
        case _:
            _elsewhere(given)
            # Loading typer takes longer than all of `rotation --help`.
            from rotation.surfaces.cli.frame import app

            try:
                app(given[0])(args=given, prog_name="rotation")
            except OSError as why:  # the output's disk is full, or the working folder is gone
                where = f"{why.filename}: " if why.filename else ""
                sys.stderr.write(f"rotation: {where}{why.strerror or why}\n")
                sys.exit(3)


def _elsewhere(given: list[str]) -> None:
    """Run it for a rotation elsewhere, and end, if one is named; takes its name off the line."""
    import os

    url = os.environ.get("ROTATION_SERVER", "")
    is_named = False
    for at, one in enumerate(given):
        name, equals, value = one.partition("=")
        if name == "--server":
            url, is_named = value if equals else "".join(given[at + 1 : at + 2]), True
            del given[at : at + (1 if equals else 2)]
            break
    if is_named or url:
        from rotation.surfaces.cli import far

        if given and (is_named or far.can(given)):
            far.run(url, given)


def overview() -> str:
    """What `rotation --help` prints: every command under its panel."""
    width = max(len(one.name) for one in listed())
    lines = [ABOUT, "", _USAGE]
    for panel, commands in PANELS.items():
        if commands:
            lines += [f"{panel}:"]
            lines += [f"  {one.name:<{width}}  {one.summary}" for one in commands]
            lines += [""]
    return "\n".join(lines)


def listed() -> Iterator[Listed]:
    """Every command there is, panel by panel."""
    return (one for panel in PANELS.values() for one in panel)


def _version() -> str:
    from importlib.metadata import version

    return version("rotation")
