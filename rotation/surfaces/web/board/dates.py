"""Dates and zones as the forms of pages ask for them, and what is wrong with the others."""

from datetime import date

from rotation.zone_data import why_not

_FIRST, _LAST = date(2000, 1, 1), date(2099, 12, 31)


def day_asked(text: str) -> tuple[date | None, str]:
    """The date, brought into this century, if one is asked for; or what is wrong with it."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None, f"“{text}” is no date; write 2027-03-14"
    return (None if day is None else min(max(day, _FIRST), _LAST)), ""


def zone_asked(asked: str, otherwise: str) -> tuple[str, str]:
    """The zone that was asked for, else the other one, and what is wrong with the former."""
    refused = why_not(asked) if asked else None
    return (asked, "") if asked and not refused else (otherwise, refused or "")
