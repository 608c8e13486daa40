"""One read of one group, now and through the provider, for `rotation plan --fresh`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from rotation.core import budget
from rotation.core.facts import AccountState
from rotation.core.holds import MEANING
from rotation.core.roster import GroupId
from rotation.ledger import Rights
from rotation.settings import SettingsErrors
from rotation.surfaces.cli.desk import Desk
from rotation.surfaces.cli.far import Far
from rotation.surfaces.cli.output import Ends, complain, fail
from rotation.surfaces.cli.progress import awaited
from rotation.surfaces.orders import By, Channel
from rotation.surfaces.orders.read import READ, Wish
from rotation.surfaces.plan import pace_of
from rotation.surfaces.saying import length_said
from rotation.wiring import RealClock, assemble, rest
from rotation.wiring.parts import rules_for


def read_now(desk: Desk, group: GroupId) -> None:
    """Read the group within the account's budget; ends the command where it cannot be done."""
    account = desk.roster.groups[group].account
    known = desk.settings.accounts.get(account)
    if known is None:
        fail(f"the settings know no account `{account}`", f"Write [accounts.{account}] first")
    if (problem := known.token.problem()) is not None:
        fail(str(SettingsErrors((problem,))), "`rotation plan` without --fresh needs no token")
    with desk.ledger.reading() as books:
        state = books.accounts.state(account)
        pace = pace_of(books, account, rules_for(known), desk.now)
    _require_unpaused(state)
    if not state.own:
        fail(
            f"the account {account} does not know its own number in the chat yet",
            "Start the daemon once; it learns it first",
        )
    wait = budget.wait(pace.calls, pace.requests)
    if wait > timedelta(0):
        fail(f"the account {account} has made all its calls for now", _again(wait))
    parts = assemble(desk.settings, desk.zone_data, ledger=desk.ledger)
    try:
        parts.engine.read(group)
    finally:
        for chat in parts.chats.values():
            chat.close()
    with desk.ledger.reading() as books:
        now_known, state = books.groups.state(group), books.accounts.state(account)
    _require_unpaused(state)
    if now_known is not None and now_known.hold is not None:
        complain(f"rotation: the read was not believed: {now_known.hold_detail}")


def _require_unpaused(state: AccountState) -> None:
    if state.paused_why is not None:
        meaning = MEANING[state.paused_why]
        to_do = meaning.what_to_do[0].upper() + meaning.what_to_do[1:]
        fail(f"the account {state.account} is paused: {meaning.cause}", to_do)


def _again(wait: timedelta) -> str:
    return f"Try again in {length_said(wait)}"


def read_there(far: Far, arguments: Sequence[str]) -> None:
    """Have the daemon there read a group, and wait until it has. Raises Wrong."""
    named = [one for one in arguments if not one.startswith("-")]
    if len(named) != 1:
        fail("--fresh reads one group", "Name it: rotation plan GROUP --fresh", Ends.USAGE)
    by = By("the token", "plan --fresh", Rights.OPERATOR, Channel.API)
    made = far.perform(READ, Wish(named[0]), by, far.weigh(READ, Wish(named[0]), by).gist)
    asked_at, clock = _instant(made.data["asked_at"]), RealClock()
    path = f"/v1/groups/{quote(str(made.data['group']), safe='')}"
    with awaited("the daemon there reads the group"):
        for _ in range(_LOOKS):
            (room,) = far.told(path, [])["groups"]
            if room["read_at"] and _instant(room["read_at"]) > asked_at:
                return
            rest(clock, clock().at + _BETWEEN)
    complain("rotation: the daemon there did not read it within a minute; this is what it knows")


_LOOKS, _BETWEEN = 60, timedelta(seconds=1)


def _instant(told: object) -> datetime:
    return datetime.fromisoformat(str(told))
