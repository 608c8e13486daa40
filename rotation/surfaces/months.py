"""How long a look ahead is, for a command and a page alike."""

from datetime import datetime


def months_later(at: datetime, months: int) -> datetime:
    """The same day of a later month; never after its 28th, which every month has."""
    years, month = divmod(at.month - 1 + months, 12)
    return at.replace(year=at.year + years, month=month + 1, day=min(at.day, 28))
