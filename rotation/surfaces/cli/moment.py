"""Instants as people type them, and the command line's own clock."""

from datetime import UTC, datetime

from rotation.surfaces import instants
from rotation.surfaces.cli.output import Ends, fail
from rotation.surfaces.printing import SEATED
from rotation.surfaces.wrong import Wrong


def now() -> datetime:
    """The machine's clock, in UTC, for commands that answer from the roster files alone.

    Commands that act take their clock from the wiring, which takes many times longer to load.
    """
    seated = SEATED.get()
    if seated is not None:
        return seated.now
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the wiring's is too slow here


def moment(text: str | None, otherwise: datetime) -> datetime:
    """The instant `text` names, in UTC; `otherwise` where there is none, else ends the command."""
    if text is None:
        return otherwise
    try:
        return instants.moment(text)
    except Wrong as wrong:
        fail(wrong.what, wrong.fix, Ends.USAGE)
