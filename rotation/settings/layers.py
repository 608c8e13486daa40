"""Where a setting comes from: the environment, then the file, then the default; and which one won.

One rule names the variables: `ROTATION_`, the key in capitals, `__` between its levels, `_` for
a dash. `accounts.main.token` is `ROTATION_ACCOUNTS__MAIN__TOKEN`. An empty variable is not set.
"""

import difflib
import json
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar

from rotation.settings.document import Document, KeyPath
from rotation.settings.errors import SettingsError
from rotation.settings.kinds import Kind, Written, path_of
from rotation.settings.secret import HIDDEN, Secret, is_there, one_line
from rotation.settings.values import Explained

T = TypeVar("T")

PREFIX = "ROTATION_"
CONFIG = "ROTATION_CONFIG"
ALERT = "ROTATION_ALERT"
"""What an alert command is told by; a `rotation` that it calls must not take it for a setting."""
CREDENTIALS = "CREDENTIALS_DIRECTORY"
ELSEWHERE = r"ROTATION_SERVER|ROTATION_TOKEN(_FILE)?"
"""What commands for a rotation elsewhere are told by."""
NOT_SETTINGS = re.compile(
    rf"{CONFIG}|{ALERT}|{ELSEWHERE}|ROTATION_SERVICE_(HOST|PORT\w*)|ROTATION_PORT(_\w+)?"
)
"""Kubernetes sets the last ones for every container beside a service called `rotation`."""

LONGEST_QUOTE = 60


class Layers:
    """All sources of settings side by side, and what was found out while reading them."""

    def __init__(self, document: Document, environ: Mapping[str, str], folder: Path) -> None:
        self.document = document
        self.folder = folder
        self.variables = {k: v for k, v in environ.items() if k.startswith(PREFIX) and v}
        self.credentials = Path(environ[CREDENTIALS]) if environ.get(CREDENTIALS) else None
        self.errors: list[SettingsError] = []
        self.warnings: list[str] = []
        self.explained: list[Explained] = []
        self.known: set[str] = set()

    @property
    def top(self) -> "Section":
        return Section(self, ())

    def blame(self, place: str, problem: str) -> None:
        self.errors.append(SettingsError(place, problem))

    def blame_unknown_variables(self) -> None:
        for name in sorted(self.variables.keys() - self.known):
            if not NOT_SETTINGS.fullmatch(name):
                self.blame(name, f"no such setting{meant(name, self.known)}")


class Section:
    """One table of settings; each `take` says what a key may be and what it is when unwritten."""

    def __init__(self, layers: Layers, path: KeyPath) -> None:
        self._layers = layers
        self._path = path
        self._known: set[str] = set()
        self._values = self._table()

    def table(self, name: str) -> "Section":
        """The table called `name` in this one, empty if nobody wrote it."""
        self._known.add(name)
        return Section(self._layers, (*self._path, name))

    def take(self, name: str, kind: Kind[T], default: T) -> T:
        found = self._find(name, kind)
        if found is not None:
            return self._read(name, kind, found, default)
        self._explain(name, kind.show(default), "default")
        return default

    def need(self, name: str, kind: Kind[T], stand_in: T) -> T:
        """A value that has no default; `stand_in` lets the reading go on to the next error."""
        found = self._find(name, kind)
        if found is not None:
            return self._read(name, kind, found, stand_in)
        self.blame(name, f"is missing; it is {kind.says}")
        return stand_in

    def secret(self, name: str, check: Callable[[str], str] = one_line) -> Secret | None:
        """A secret from `NAME`, `NAME_FILE`, a systemd credential or `name_file`; or None."""
        self._know(name, f"{name}_file")
        if name in self._values:
            return self._refused(name)
        secret = (
            self._from_environment(name, check)
            or self._from_credentials(name, check)
            or self._from_document(name, check)
        )
        if secret is not None:
            self._explain(name, secret.shown, secret.source)
        return secret

    def secret_text(
        self, name: str, text: str, check: Callable[[str], str] = one_line
    ) -> Secret | None:
        """The secret in the text of `name`'s variable; None, and an error, if it is none."""
        place = self.variable(name)
        try:
            return Secret.of(text, self.key(name), place, check)
        except ValueError as why:
            self._layers.blame(place, f"{self.key(name)} {why}")
            return None

    def missing_secret(self, name: str) -> Secret:
        """What stands for a secret nobody gave."""
        self._explain(name, "missing", "")
        return Secret.missing(
            self.key(name),
            self.place(name),
            f"name its file in {name}_file, pass a systemd credential called {self.key(name)}, "
            f"or set {self.variable(name)}",
        )

    def tables(self) -> list[str]:
        """The names of the tables in this one: those of the file, then those of variables."""
        named = list(self._values)
        folded = {spelled(name) for name in named}
        start = self.variable("")
        for variable in sorted(self._layers.variables):
            part, apart, _ = variable.removeprefix(start).partition("__")
            if variable.startswith(start) and part and apart and part not in folded:
                folded.add(part)
                named.append(part.lower())
        return named

    def blame_unknown_keys(self) -> None:
        for name in self._values:
            if name in self._known:
                continue
            place = self._layers.document.place((*self._path, name))
            self._layers.blame(
                place, f"{self.key(name)} is not a setting{meant(name, self._known)}"
            )

    def blame(self, name: str, problem: str) -> None:
        """Records that a key can't be as it is, alone or beside the others."""
        self._layers.blame(self.place(name), f"{self.key(name)} {problem}")

    def warn(self, name: str, problem: str) -> None:
        self._layers.warnings.append(f"{self.place(name)}: {self.key(name)} {problem}")

    def is_in_environment(self, name: str) -> bool:
        return self.variable(name) in self._layers.variables

    def key(self, name: str) -> str:
        return ".".join((*self._path, name))

    def variable(self, name: str) -> str:
        return PREFIX + "__".join(spelled(part) for part in (*self._path, name))

    def place(self, name: str) -> str:
        """Where a key is written, or else what was written around it."""
        variables = self._layers.variables
        own = (self.variable(name), self.variable(f"{name}_file"))
        beside = (v for v in sorted(variables) if self._path and v.startswith(self.variable("")))
        in_file = [n for n in (name, f"{name}_file") if n in self._values]
        if variable := next((v for v in own if v in variables), None):
            return variable
        if not self._values and (variable := next(beside, None)):
            return variable
        return self._layers.document.place((*self._path, *in_file[:1]))

    def _table(self) -> Mapping[str, object]:
        values: object = self._layers.document.values
        for name in self._path:
            values = values.get(name, {}) if isinstance(values, dict) else {}
        if isinstance(values, dict):
            return values
        key = ".".join(self._path)
        place = self._layers.document.place(self._path)
        self._layers.blame(place, f"{key} is a table: write [{key}] and its keys below it")
        return {}

    def _know(self, *names: str) -> None:
        self._known.update(names)
        self._layers.known.update(self.variable(name) for name in names)

    def _find(self, name: str, kind: Kind[T]) -> Written | None:
        self._know(name)
        document, variable = self._layers.document, self.variable(name)
        if variable in self._layers.variables:
            text = self._layers.variables[variable]
            return Written(kind.spelled(text), self._layers.folder, variable)
        if name in self._values:
            place = document.place((*self._path, name))
            return Written(self._values[name], document.folder, place)
        return None

    def _read(self, name: str, kind: Kind[T], found: Written, otherwise: T) -> T:
        try:
            value = kind.read(found)
        except ValueError as why:
            wrong = f"is {quoted(found.value)}" if kind.quotable else "can't be used"
            because = f": {why}" if str(why) else ""
            problem = f"{self.key(name)} {wrong}{because}; it may be {kind.says}"
            self._layers.blame(found.place, problem)
            return otherwise
        self._explain(name, kind.show(value), found.place)
        return value

    def _refused(self, name: str) -> Secret:
        """Blames a secret for standing in the file, and stands in for it."""
        place = self._layers.document.place((*self._path, name))
        problem = (
            f"{self.key(name)} must not stand in this file: put it into one of its own, mode 0600, "
            f'and name that here: {name}_file = "secrets/{name}"'
        )
        self._layers.blame(place, problem)
        return Secret.of(HIDDEN, self.key(name), place)

    def _from_environment(self, name: str, check: Callable[[str], str]) -> Secret | None:
        variables = self._layers.variables
        text, file = self.variable(name), self.variable(f"{name}_file")
        if text in variables and file in variables:
            self._layers.blame(text, f"{file} is set as well; unset one of them")
        if file in variables:
            return self._in_file(name, Written(variables[file], self._layers.folder, file), check)
        return self.secret_text(name, variables[text], check) if text in variables else None

    def _from_credentials(self, name: str, check: Callable[[str], str]) -> Secret | None:
        folder = self._layers.credentials
        if folder is None or not is_there(folder / self.key(name)):
            return None
        return Secret.at(folder / self.key(name), self.key(name), "systemd credential", check)

    def _from_document(self, name: str, check: Callable[[str], str]) -> Secret | None:
        key, document = f"{name}_file", self._layers.document
        if key not in self._values:
            return None
        place = document.place((*self._path, key))
        return self._in_file(name, Written(self._values[key], document.folder, place), check)

    def _in_file(self, name: str, found: Written, check: Callable[[str], str]) -> Secret | None:
        try:
            path = path_of(found)
        except ValueError:
            problem = (
                f"{self.key(name)}_file is {quoted(found.value)}; it may be the path of a file"
            )
            self._layers.blame(found.place, problem)
            return None
        return Secret.at(path, self.key(name), found.place, check)

    def _explain(self, name: str, shown: str, source: str) -> None:
        self._layers.explained.append(Explained(self.key(name), shown, source))


def spelled(name: str) -> str:
    """One level of a key as variables write it."""
    return name.upper().replace("-", "_")


def meant(name: str, known: Collection[str]) -> str:
    """The end of a sentence that says what was probably meant, if anything was."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return f"; did you mean {near[0]}?" if near else ""


def quoted(value: object) -> str:
    """A wrong value as a message repeats it: one short line, without what could be a password."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, str):
        value = re.sub(r"//.*@", f"//{HIDDEN}@", value, flags=re.DOTALL)
        value = re.sub(r"\?.*", f"?{HIDDEN}", value, flags=re.DOTALL)
    text = json.dumps(value, default=str)
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 3]}..."
