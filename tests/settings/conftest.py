"""A folder an operator works in, and the settings read from it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rotation.settings import Settings, SettingsErrors, load

Load = Callable[..., Settings]
Refused = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of the operator's folder: its text, its name, its mode."""

    def write_file(text: str | bytes, name: str = "rotation.toml", mode: int = 0o600) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    return write_file


@pytest.fixture
def read(tmp_path: Path) -> Load:
    """The settings in force in that folder; secrets need not be there."""

    def load_there(
        environ: Mapping[str, str] | None = None,
        *,
        config: Path | None = None,
        need_secrets: bool = False,
    ) -> Settings:
        return load(environ or {}, config=config, folder=tmp_path, need_secrets=need_secrets)

    return load_there


@pytest.fixture
def refused(read: Load) -> Refused:
    """The lines an operator is shown when the settings can't be used."""

    def lines(environ: Mapping[str, str] | None = None, **rest: object) -> list[str]:
        with pytest.raises(SettingsErrors) as caught:
            read(environ, **rest)
        return str(caught.value).splitlines()

    return lines
