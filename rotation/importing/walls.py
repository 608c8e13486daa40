"""By which clocks the times of a calendar are told, and the one instant that each of them means."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Never

from rotation.core.clocks import local_date, minute_of_day, readings
from rotation.importing.found import MisfitError
from rotation.roster_file import forms
from rotation.roster_file.problems import UnreadableError

_YEARS = range(1900, 2200)
_FIX = "Write it in UTC there"


@dataclass(frozen=True, slots=True)
class Clocks:
    """Those of a `zone` that is known here, or `own` ones: UTC, or what the calendar describes.

    `named` is how the calendar calls them. Without any of it nobody knows.
    """

    zone: str | None = None
    own: tzinfo | None = None
    named: str = ""

    @classmethod
    def of(cls, told: Any, zone: str | None) -> "Clocks":  # noqa: ANN401 - a property of icalendar
        """Those of one of its times; `zone` is that of times that name none."""
        named = str(told.params.get("TZID", ""))
        if not named:
            return cls(own=UTC) if told.dt.tzinfo is not None else cls(zone)
        try:
            return cls(forms.zone(named))
        except UnreadableError:
            return cls(own=told.dt.tzinfo, named=named)

    def instant(self, wall: datetime, where: str, fix: str = _FIX) -> datetime:
        """When they show `wall`, of an event that is called `where`. Raises MisfitError.

        `fix`: what to do where they show it twice or never.
        """
        if wall.year not in _YEARS:
            raise MisfitError(
                where, f"{wall.year} is no year of a rota", "Mend it where it is from"
            )
        if self.zone is not None:
            return _in_zone(self.zone, wall, where, fix)
        if self.own is None:
            self._refuse_nobody_knows(where)
        plain = wall.replace(tzinfo=self.own)
        first, second = (plain.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        if first != second:
            how = f"{wall:%Y-%m-%d %H:%M} comes twice or never in `{self.named[:60]}`"
            raise MisfitError(where, how, fix)
        return first

    def wall(self, at: datetime, where: str) -> datetime:
        """What they show at an instant. Raises MisfitError."""
        if self.zone is not None:
            minutes = time(*divmod(minute_of_day(at, self.zone), 60), at.second, at.microsecond)
            return datetime.combine(local_date(at, self.zone), minutes)
        if self.own is None:
            self._refuse_nobody_knows(where)
        return at.astimezone(self.own).replace(tzinfo=None)

    def _refuse_nobody_knows(self, where: str) -> Never:
        if self.named:
            why = f"there is no zone `{self.named[:60]}`, here or in the calendar"
            raise MisfitError(where, why, _FIX)
        fix = "Say of which shift it is: its clocks are meant"
        raise MisfitError(where, "its times name no zone", fix)


def _in_zone(zone: str, wall: datetime, where: str, fix: str) -> datetime:
    meant = readings(wall.date(), wall.hour * 60 + wall.minute, zone)
    if len(meant) != 1:
        how = "comes twice" if meant else "never comes, since clocks jump over it"
        raise MisfitError(where, f"{wall:%Y-%m-%d %H:%M} {how} in {zone}", fix)
    return meant[0] + timedelta(seconds=wall.second, microseconds=wall.microsecond)
