"""Why a person is in a group, or goes: the closed list, and which of it is said aloud."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a person is in, or goes. The closed list that audit records use."""

    SHIFT = "shift"
    PIN = "pin"
    GRANT = "grant"
    SHIFT_END = "shift_end"
    OVERRIDE_END = "override_end"
    MANUAL = "manual"
    LEAVER = "leaver"
    ROSTER_REMOVED = "roster_removed"
    ENFORCEMENT = "enforcement"
    STRANGER = "stranger"
    TICKET = "ticket"
    SUBSCRIPTION = "subscription"
    CLOSED = "closed"
    SILENT = "silent"
    MOVED = "moved"


WARNING = "warning"
"""What a text is for that comes days before a subscription ends, and no goodbye."""
SPOKEN = frozenset(
    {
        Reason.SHIFT_END,
        Reason.OVERRIDE_END,
        Reason.MANUAL,
        Reason.ROSTER_REMOVED,
        Reason.STRANGER,
        Reason.TICKET,
        Reason.SUBSCRIPTION,
        Reason.SILENT,
    }
)
"""Exits that are announced, where they have an end; a leaver's is not."""
PATIENT = frozenset({Reason.SILENT, Reason.STRANGER, Reason.SUBSCRIPTION})
"""Of these, the ones that wait for quiet hours to end: what they come from is counted in days."""
ENDS = (
    Reason.SHIFT_END,
    Reason.OVERRIDE_END,
    Reason.MANUAL,
    Reason.ROSTER_REMOVED,
    Reason.ENFORCEMENT,
    Reason.STRANGER,
    Reason.TICKET,
    Reason.SUBSCRIPTION,
    Reason.CLOSED,
    Reason.SILENT,
)
"""Every other reason to go than a wipe."""
WIPED = frozenset({Reason.LEAVER, Reason.MOVED})
"""Exits by a wipe, of all groups or those of a team: before all others, and whatever the cover."""
