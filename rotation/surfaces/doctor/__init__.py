"""The doctor: looks at all that rotation stands on, and says what to do about what is wrong.

It only reads. What it finds are plain values, in the order in which they were found, so that a
page can show them as well as a command.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from rotation.core.facts import Moment
from rotation.core.roster import EMPTY, AccountId, Roster
from rotation.providers.wawp import Exchanged, Wawp
from rotation.settings import Account, Settings
from rotation.surfaces.calls import Calls, spared
from rotation.surfaces.doctor.account import Asked, account
from rotation.surfaces.doctor.check import Check, Level, warn
from rotation.surfaces.doctor.feeds import calendars, leavers
from rotation.surfaces.doctor.groups import Rooms
from rotation.surfaces.doctor.hooked import hooked
from rotation.surfaces.doctor.kept import Kept, kept
from rotation.surfaces.doctor.machine import machine, versions, wrong_settings
from rotation.surfaces.doctor.receivers import receivers
from rotation.surfaces.doctor.rosters import rosters
from rotation.surfaces.doctor.server import timed
from rotation.surfaces.doctor.told import commands, hooks
from rotation.surfaces.doctor.transcript import Transcript, transcript_at
from rotation.surfaces.doctor.zones import zones
from rotation.surfaces.masking import on_one_line
from rotation.wiring import chat_for
from rotation.zone_data import ZoneData

__all__ = [
    "Check",
    "Level",
    "Means",
    "Transcript",
    "examine",
    "transcript_at",
    "versions",
    "wrong_settings",
]

Connect: TypeAlias = Callable[
    [Account, Callable[[], Moment], Callable[[Exchanged], None] | None], Wawp
]


@dataclass(frozen=True, slots=True)
class Means:
    """What the doctor works with. `clock` is this machine's, or the sandbox's stepped one.

    `record` is shown every call, `progress` what an answer is awaited on.
    """

    clock: Callable[[], Moment]
    zone_data: ZoneData
    connect: Connect = chat_for
    record: Callable[[AccountId, Exchanged], None] = lambda _account, _exchanged: None
    progress: Callable[[str], None] = lambda _text: None


def examine(
    settings: Settings, means: Means, accounts: Collection[AccountId] | None = None
) -> Iterator[Check]:
    """Everything, one check after the other; calls are made for `accounts` only (None: all).

    No check shows a secret, whatever a server or a file says.
    """
    for check in _examined(settings, means, accounts):
        yield replace(
            check,
            found=_clean(settings, check.found),
            what_to_do=_clean(settings, check.what_to_do),
        )


def _clean(settings: Settings, text: str) -> str:
    for secret in settings.secrets:
        text = secret.scrub(text)
    return on_one_line(text)


def _examined(
    settings: Settings, means: Means, accounts: Collection[AccountId] | None
) -> Iterator[Check]:
    yield versions()
    yield from machine(settings)
    known = yield from kept(settings)
    try:
        if known.ledger is not None and not any(
            a.clock == "stepped" for a in settings.accounts.values()
        ):
            yield from timed(known.ledger, means.clock)
        roster = yield from rosters(settings, known)
        yield from zones(means.zone_data, roster, means.clock().at)
        yield from receivers(settings, known.ledger, means.clock().at)
        yield from leavers(settings, known.ledger, means.clock().at)
        yield from calendars(settings, known.ledger, means.clock().at)
        yield from hooks(settings, known.ledger, means.clock().at)
        yield from commands(settings, roster or EMPTY)
        for name, one in settings.accounts.items():
            if accounts is None or name in accounts:
                yield from _asked(one, means, known, roster)
    finally:
        if known.ledger is not None:
            known.ledger.close()


def _asked(one: Account, means: Means, known: Kept, roster: Roster | None) -> Iterator[Check]:
    left = spared(one, beside_a_daemon=known.holder is not None)
    calls = Calls(one, means.clock, known.ledger, left, "doctor")

    def note(exchanged: Exchanged) -> None:
        calls.note(exchanged)
        means.record(one.id, exchanged)

    chat = means.connect(one, means.clock, note)
    try:
        asked = Asked(one, chat, calls, means.progress)
        own = yield from account(asked, roster)
        if own is not None:
            yield from hooked(asked, known.ledger, means.clock().at)
        if own is not None and roster is not None:
            yield from Rooms(asked, own, roster, known.people).checks()
        else:
            why = "first mend what is said of the rosters and of the account above"
            yield warn(asked.check("groups"), "were not looked at", why)
    finally:
        chat.close()
    if calls.uncounted:
        found = f"{calls.uncounted} could not be counted in the ledger"
        yield warn(asked.check("calls"), found, "see what is said of the ledger above")
