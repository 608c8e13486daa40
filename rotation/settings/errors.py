"""What is wrong with the settings: where, what, and what it may be; all of it at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SettingsError:
    """One thing to mend. `place` is a file and line, an environment variable, or a file."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class SettingsErrors(Exception):  # noqa: N818 - it carries every error there is, not one
    """The settings can't be used; `errors` has every reason."""

    def __init__(self, errors: tuple[SettingsError, ...]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)
