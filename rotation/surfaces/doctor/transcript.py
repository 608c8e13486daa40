"""A transcript of the doctor's calls, fit to be sent to a stranger: no secret, no whole number."""

import json
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from rotation.core.roster import AccountId
from rotation.providers.wawp import Exchanged
from rotation.settings import Account, Secret, Settings
from rotation.surfaces.doctor.machine import LIBRARIES
from rotation.surfaces.masking import masked

_ONLY_OURS = 0o600
_PUBLIC = frozenset({"api.wawp.net", "127.0.0.1", "localhost"})
"""Servers whose names tell nothing of who writes the report."""


@dataclass(slots=True)
class Transcript:
    """One JSON object a line: first what is installed, then every call."""

    file: TextIO
    secrets: tuple[Secret, ...]
    calls: int = 0

    def add(self, account: AccountId, exchanged: Exchanged) -> None:
        """Write one call down. It comes redacted; what is still like a secret goes here."""
        self.calls += 1
        self._write({"account": account, **asdict(exchanged)})

    def begin(self, accounts: Iterable[Account], zone_data: str, now: datetime) -> None:
        self._write(
            {
                "at": now.isoformat(timespec="seconds"),
                "rotation": version("rotation"),
                "python": platform.python_version(),
                "system": f"{platform.system()} {platform.machine()}",
                "libraries": {name: version(name) for name in LIBRARIES},
                "zone_data": zone_data,
                "accounts": [_told(account) for account in accounts],
            }
        )

    def _write(self, line: dict[str, object]) -> None:
        text = masked(json.dumps(line, ensure_ascii=False))
        for secret in self.secrets:
            text = secret.scrub(text)
        self.file.write(f"{text}\n")
        self.file.flush()


def _told(account: Account) -> dict[str, object]:
    host = urlsplit(account.base_url).hostname
    return {
        "account": account.id,
        "provider": account.provider,
        "server": host if host in _PUBLIC else "another server",
        "credentials": account.credentials,
        "deadline": account.deadline.total_seconds(),
    }


@contextmanager
def transcript_at(path: Path, settings: Settings) -> Iterator[Transcript]:
    """A new file that only its owner can read. Raises OSError; what exists is left alone."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OURS)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        yield Transcript(file, settings.secrets)
