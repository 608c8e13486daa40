"""What the ledger raises: each says who, what is wrong and what to do, and never a number."""

from rotation.core.roster import PersonId


class LedgerTrouble(Exception):  # noqa: N818 - the words of the house, not "...Error"
    """Everything below, for those who only want to know that it was the ledger."""


class LedgerUnavailable(LedgerTrouble):
    """Locked for too long, disk full, read-only, unreadable, out of reach.

    Nothing of the transaction stays; but when a server was lost during the very commit, all of it
    may.
    """


class Unreadable(LedgerTrouble):
    """A column, named as `table.column`, holds a value that this program never writes.

    Somebody changed the row by hand. Which row it is `Damage` finds out.
    """

    def __init__(self, where: str) -> None:
        super().__init__(
            f"a row of the ledger is damaged: {where} holds a value that rotation never writes; "
            "see `rotation holds`"
        )
        self.where = where


class NoFile(ValueError):  # noqa: N818 - the words of the house, not "...Error"
    """The ledger is in a database on a server, where this can only be done to a file."""


class UnknownSchema(LedgerTrouble):
    """The ledger is missing, older than this rotation, or made by a newer one."""


class NotEmpty(LedgerTrouble):
    """A ledger was to be copied into one that has been written to already."""


class LedgerHeld(LedgerTrouble):
    """Another process holds the ledger's lock. `holder` is what it wrote about itself."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"the ledger is held by {holder}; stop that one first")
        self.holder = holder


class LeaseLost(LedgerTrouble):
    """An account is no longer ours in this term: another replica has it, or nobody. Not an error.

    Nothing was written. Whoever has the account now has put in doubt what we left open.
    """


class IdentityClash(LedgerTrouble):
    """A number or LID belongs to somebody else. `holder` has it, `claimant` wanted it.

    Nothing was changed. The chat ids themselves are in neither the text nor the attributes.
    """

    def __init__(self, what: str, holder: PersonId, claimant: PersonId) -> None:
        super().__init__(
            f"the {what} of {claimant} already belongs to {holder}; "
            "check both numbers in the roster, or open the group on the phone"
        )
        self.what = what
        self.holder = holder
        self.claimant = claimant


class AlreadySaid(LedgerTrouble):
    """A notice or invite for this person and occurrence was claimed before."""

    def __init__(self, persons: tuple[PersonId, ...]) -> None:
        super().__init__(f"already said for {', '.join(persons)}")
        self.persons = persons


class AlreadyEnded(LedgerTrouble):
    """An attempt ends once: its outcome is never changed afterwards."""


class NotHeld(LedgerTrouble):
    """Nothing with that name is held back."""
