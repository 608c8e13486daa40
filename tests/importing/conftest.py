"""Exports as services write them, changed in one place, and what becomes of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rotation.importing import Asked, Converted, converted

EXPORTS = Path(__file__).parent / "exports"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass
class Export:
    """A file of a service, as data to change."""

    service: str
    data: Any

    def convert(self, **more: object) -> Converted:
        users = EXPORTS / f"{self.service.lower()}-users.json"
        asked: dict[str, Any] = {"users": (users.name, users.read_bytes()), **more}
        content = json.dumps(self.data).encode()
        return converted(Asked(self.service, "export.json", content, **asked), NOW)


Exported = Callable[[str], Export]


@pytest.fixture
def exported() -> Exported:
    def read(service: str) -> Export:
        return Export(service, json.loads((EXPORTS / f"{service.lower()}.json").read_text()))

    return read
