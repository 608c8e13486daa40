"""What is said to people that nothing waits for: the week, changed duty, an end that comes."""

from datetime import datetime, timedelta

from rotation.core.facts import AccountState
from rotation.core.roster import Roster
from rotation.engine import duty_news, farewell, warnings, weekly
from rotation.engine.calls import Left
from rotation.engine.drip import Drip
from rotation.engine.errands import Farewell, Inform, Say, Warn
from rotation.engine.gather import RosterInForce
from rotation.engine.line import Line
from rotation.ledger import Books


def owed(
    books: Books, roster: Roster, state: AccountState, drip: Drip, at: datetime
) -> Say | Warn | Inform | None:
    """The next of it that this account may say now, claimed by this."""
    if state.paused_why is not None or drip.wait(None) > timedelta(0):
        return None
    return (
        duty_news.owed(books, roster, at)
        or weekly.owed(books, roster, at)
        or warnings.owed(books, roster, state.account, at)
    )


def say(
    books: Books, line: Line, in_force: RosterInForce | None, errand: Say | Warn | Inform | Farewell
) -> Left:
    match errand:
        case Say():
            return weekly.say(books, line, in_force, errand)
        case Warn():
            return warnings.warn(books, line, errand)
        case Inform():
            return duty_news.inform(books, line, errand)
        case Farewell():
            return farewell.farewell(books, line, errand)
