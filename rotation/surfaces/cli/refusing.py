"""What was asked for by hand and refused: said to whoever asked, and kept with what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from rotation.core.roster import GroupId, PersonId
from rotation.surfaces.cli.desk import Desk
from rotation.surfaces.cli.output import Ends, as_json, complain, fail
from rotation.surfaces.masking import masked, on_one_line

REFUSED = "refused"
"""The kind of the record."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command as somebody gave it. `by` is who, and why they say so."""

    desk: Desk
    command: str
    by: tuple[str, str]
    person: PersonId | None = None

    def keep(self, why: str, group: GroupId | None = None) -> None:
        """A record that it was refused."""
        author, reason = self.by
        with self.desk.ledger.writing() as books:
            books.audit.append(
                at=self.desk.now, kind=REFUSED, group=group, person=self.person, reason=None,
                origin=f"{author} by hand",
                detail={
                    "command": self.command, "why": masked(on_one_line(why)), "asked": reason,
                },
            )  # fmt: skip

    def refuse(self, why: str, fix: str = "", ends: Ends = Ends.PROBLEMS) -> NoReturn:
        self.keep(why)
        fail(why, fix, ends)

    def refuse_if(
        self, problems: Sequence[tuple[GroupId, str]], told: Sequence[object] = ()
    ) -> None:
        """Ends the command where anything speaks against it; `told` is how JSON says what."""
        if not problems:
            return
        for group in dict.fromkeys(group for group, _ in problems):
            self.keep("; ".join(why for where, why in problems if where == group), group)
        if told:
            as_json({"done": False, "problems": told})
        for problem in dict.fromkeys(problem for _, problem in problems):
            complain(f"rotation: {problem}")
        fail("nothing was done", ends=Ends.PROBLEMS)
