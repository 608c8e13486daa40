"""The closed table of holds: why something can't settle, what a person must do, who lifts it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Hold(StrEnum):
    COVER = "cover"
    NOT_ADMIN = "not_admin"
    SESSION = "session"
    CREDENTIALS = "credentials"
    PROTECTED = "protected"
    IDENTITY = "identity"
    REFUSED = "refused"
    FULL = "full"
    GROUP_GONE = "group_gone"
    UNCOVERED = "uncovered"
    UNLISTED = "unlisted"
    THROTTLED = "throttled"
    MODE = "mode"
    BREAKER = "breaker"
    CLOCK = "clock"
    ROSTER = "roster"
    STRIKES = "strikes"
    RESTORED = "restored"
    AUDIT = "audit"
    DAMAGED = "damaged"
    SPENT = "spent"
    RIVAL = "rival"


LASTING = timedelta(minutes=4)
"""What ends by itself before then is nobody's business; what lasts is known within five minutes."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a hold says to people. `lifted_by` names who ends it: rotation itself or a person."""

    cause: str
    what_to_do: str
    lifted_by: str
    releasable: bool = False
    alarm: bool = True


MEANING: dict[Hold, Meaning] = {
    Hold.COVER: Meaning(
        "too few on-duty people are seen in the group",
        "get the incoming agent into the group: check the number, send the invite, or name cover",
        "rotation, once enough on-duty people are seen",
    ),
    Hold.NOT_ADMIN: Meaning(
        "our account is not an admin of the group",
        "make our account an admin of the group again",
        "rotation, once a read shows the admin right (looked at every 15 min)",
        releasable=True,
    ),
    Hold.SESSION: Meaning(
        "the account's WhatsApp session is not working",
        "open the provider's console, restart the session, scan the code if it asks",
        "rotation, once the session works (looked at every few minutes)",
        releasable=True,
    ),
    Hold.CREDENTIALS: Meaning(
        "the provider does not accept the account's token or instance",
        "put a valid token into the secret file or environment and reload",
        "rotation, once a call is accepted (tried every 15 min and at reload)",
        releasable=True,
    ),
    Hold.PROTECTED: Meaning(
        "the person created the group or is an admin of it",
        "remove them by hand, take their admin right away, or set `admins: remove`",
        "rotation, once the person is no longer an admin or is wanted again",
    ),
    Hold.IDENTITY: Meaning(
        "someone's chat id cannot be matched with a number",
        "run `rotation doctor`; open the group on the phone so that the numbers become known",
        "rotation, once a read resolves the id",
    ),
    Hold.REFUSED: Meaning(
        "the chat refuses to add the person",
        "ask the person to follow the invite or to allow being added; or name cover",
        "rotation, once the person is seen or the shift ends; or `rotation release`",
        releasable=True,
    ),
    Hold.FULL: Meaning(
        "the group is full",
        "make room in the group",
        "rotation, once a read shows fewer members; or `rotation release`",
        releasable=True,
    ),
    Hold.GROUP_GONE: Meaning(
        "the group no longer exists or our account is not in it",
        "add our account to the group again, or take the group out of the roster",
        "rotation, once the group can be read",
        releasable=True,
    ),
    Hold.UNCOVERED: Meaning(
        "nobody is on duty now, so the last agents stay, unless they may be in no group",
        "name someone for this time, declare it `closed`, or set `uncovered: empty`",
        "rotation, when the next shift begins",
    ),
    Hold.UNLISTED: Meaning(
        "the list of members cannot be read or believed",
        "nothing yet; if it lasts, look at the provider's console",
        "rotation, once two reads agree",
    ),
    Hold.THROTTLED: Meaning(
        "the provider asks for fewer calls",
        "nothing; if it lasts, lower `drip` for the account",
        "rotation, when the wait is over",
        alarm=False,
    ),
    Hold.MODE: Meaning(
        "the group is in watch mode, where rotation only reports",
        "look at `rotation adopt GROUP`, then set `mode: managed`",
        "a person, by changing the mode",
        alarm=False,
    ),
    Hold.BREAKER: Meaning(
        "unusually many people would be removed at once",
        "look at the list; `rotation release ID` if it is meant, else mend the roster",
        "a person, by release or by mending the roster",
        releasable=True,
    ),
    Hold.CLOCK: Meaning(
        "this machine's clock and the provider's or the database's differ by more than a minute",
        "set the machine's clock (NTP)",
        "rotation, once the clocks agree",
    ),
    Hold.ROSTER: Meaning(
        "the roster files have errors, so nothing of them comes into force",
        "run `rotation check` and mend what it names",
        "rotation, once the files are right",
    ),
    Hold.STRIKES: Meaning(
        "an outsider keeps undoing this, or the person left by themselves",
        "agree with the group's admins, then `rotation release ID`",
        "a person, by release; or rotation, when the person's shift ends",
        releasable=True,
    ),
    Hold.RESTORED: Meaning(
        "the ledger was restored from a backup, so it is older than the world",
        "look at `rotation plan`, enter again what was lost, then `rotation release ID`",
        "a person, by release",
        releasable=True,
    ),
    Hold.AUDIT: Meaning(
        "a record of the audit was changed or taken out after it was written",
        "look at `rotation history --verify`, find out who had the database, then"
        " `rotation release ID`",
        "a person, by release",
        releasable=True,
    ),
    Hold.DAMAGED: Meaning(
        "a row of the ledger was changed by hand and cannot be read",
        "find out who had the database; put right what is named, or restore a backup",
        "rotation, once the row can be read (looked at every minute)",
    ),
    Hold.SPENT: Meaning(
        "the account has made all the changes that it may make in 24 hours",
        "remove by hand whoever is named; if so many changes are meant, raise `changes_per_day`",
        "rotation, once a tenth of them is more than 24 hours ago",
    ),
    Hold.RIVAL: Meaning(
        "what rotation does is undone in most groups of the account, or its webhooks go to another"
        " installation as well",
        "look for a second installation or a script with the same number, stop one of them, then"
        " `rotation release ID`",
        "a person, by release; or rotation, when the shifts end that it is about, or the address is"
        " gone",
        releasable=True,
    ),
}
