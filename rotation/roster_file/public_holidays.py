"""Public holidays, found when a roster is read, so that it carries their dates wherever it goes.

The library that knows them is an extra, and imported only where a roster names a country.
"""

from functools import lru_cache
from importlib.metadata import version

from rotation.core.roster import OnHolidays, PublicHolidays
from rotation.roster_file.entries import HolidaysEntry
from rotation.roster_file.problems import Problem, UnreadableError, did_you_mean
from rotation.roster_file.tree import Path, Tree

FIRST, LAST = 2020, 2045
"""The years whose holidays a roster carries: always the same, or turns would move at each new year.

A date outside is an ordinary one.
"""


class Calendars:
    """What shifts do on holidays, and the calendars they keep, each once."""

    def __init__(self) -> None:
        self.found: dict[str, PublicHolidays] = {}
        self.problems: list[Problem] = []
        self._is_missing = False

    def kept(self, entry: HolidaysEntry | None, tree: Tree, path: Path) -> OnHolidays | None:
        if entry is None or self._is_missing:
            return None
        name = entry.country if entry.region is None else f"{entry.country}-{entry.region}"
        try:
            self.found[name] = _calendar(entry.country, entry.region)
        except ModuleNotFoundError:
            self._is_missing = True
            message = "public holidays need the library `holidays`, which is not installed"
            fix = "Install it: pip install 'rotation[holidays]'"
            self.problems.append(tree.problem_with_key(path, message, fix))
        except _UnknownError as wrong:
            self.problems.append(tree.problem((*path, wrong.key), wrong.message, wrong.fix))
        return OnHolidays(name, None if entry.hours is None else entry.hours[0])


class _UnknownError(UnreadableError):
    """The library knows no such thing. `key` is where it is written."""

    def __init__(self, key: str, message: str, fix: str) -> None:
        super().__init__(message, fix)
        self.key = key


@lru_cache(maxsize=256)
def _calendar(country: str, region: str | None) -> PublicHolidays:
    import holidays

    codes = {code: kind for kind, code, *_ in holidays.registry.COUNTRIES.values()}
    if country not in codes:
        names = {kind.casefold(): code for code, kind in codes.items()}
        known = [*codes, *names]
        fix = did_you_mean(country.replace(" ", ""), known)
        for name, code in names.items():
            fix = fix.replace(f"`{name}`", f"`{code}`")
        raise _UnknownError("country", f"`{country}` is no country whose holidays are known", fix)
    regions = holidays.list_supported_countries(include_aliases=True)[country]
    if region is not None and region not in regions:
        raise _UnknownError(
            "region",
            f"`{region}` is no region of {country} with holidays of its own",
            did_you_mean(region, regions) if regions else "Delete `region`",
        )
    kept = holidays.country_holidays(country, subdiv=region, language="en_US")
    years = range(max(FIRST, kept.start_year), min(LAST, kept.end_year) + 1)
    kept = holidays.country_holidays(country, subdiv=region, years=years, language="en_US")
    return PublicHolidays(tuple(sorted(kept.items())), f"holidays {version('holidays')}")
