"""What stands in ops/ holds together: every command, setting and file it names is there."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from rotation.core.holds import Hold
from rotation.settings import load
from rotation.surfaces.cli import listed

COMPOSED = ("compose.yaml", "compose.postgres.yaml")
TOKENS = {"main_token": "token", "database": "password"}


@pytest.fixture(scope="module")
def ops(root: Path) -> Path:
    return root / "ops"


def yaml(path: Path) -> Any:  # noqa: ANN401 - whatever it says
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def steps(ops: Path) -> list[tuple[str, str]]:
    """The instructions of the image, each whole on one line."""
    text = (ops / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def unit(ops: Path) -> dict[str, list[str]]:
    """What the service is told, by key; a key may stand several times."""
    found: dict[str, list[str]] = {}
    for line in (ops / "rotation.service").read_text(encoding="utf-8").splitlines():
        key, is_one, value = line.partition("=")
        if is_one and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def environment(ops: Path) -> dict[str, dict[str, str]]:
    """What each way to run it sets in the environment of rotation."""
    told = " ".join(rest for word, rest in steps(ops) if word == "ENV")
    image = {k: v for k, _, v in (part.partition("=") for part in told.split())}
    found = {"unit": dict(line.split("=", 1) for line in unit(ops)["Environment"])}
    for name in COMPOSED:
        service = yaml(ops / name)["services"]["rotation"]
        found[name] = {**image, **service["environment"]}
    return {
        name: {k: v for k, v in said.items() if k.startswith("ROTATION_")}
        for name, said in found.items()
    }


@pytest.mark.parametrize("way", ["unit", *COMPOSED])
def test_every_setting_is_one_and_leads_where_rotation_may_write(
    way: str, ops: Path, tmp_path: Path
) -> None:
    said = environment(ops)[way]
    starter = (ops.parent / "rotation/surfaces/cli/starter/rotation.toml").read_text("utf-8")
    config = tmp_path / "rotation.toml"
    config.write_text(starter, encoding="utf-8")
    for name, text in TOKENS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    there = {k: v.replace("/run/secrets", str(tmp_path)) for k, v in said.items()}
    if way == "unit":
        (credential,) = unit(ops)["LoadCredential"]
        name, _, source = credential.partition(":")
        assert source.startswith("/etc/rotation/")
        (tmp_path / name).write_text("token", encoding="utf-8")
        there["CREDENTIALS_DIRECTORY"] = str(tmp_path)
    found = load({**there, "ROTATION_CONFIG": str(config)}, folder=tmp_path)
    (account,) = found.accounts.values()
    assert account.token.reveal() == "token"
    if found.database.url.startswith("sqlite"):
        assert found.database.url == "sqlite:////var/lib/rotation/rotation.db"
    else:
        assert found.database.reveal() == "postgresql://rotation:password@database/rotation"
    assert found.log.format == "json"


def test_every_command_that_is_run_is_one(ops: Path) -> None:
    commands = {one.name for one in listed()}
    (start,) = unit(ops)["ExecStart"]
    program, command, option, _ = start.split()
    assert (program, option) == ("/opt/rotation/bin/rotation", "--config")
    image = [json.loads(rest) for word, rest in steps(ops) if word in {"ENTRYPOINT", "CMD"}]
    assert image[0] == [program]
    assert {command, *image[1]} <= commands


def test_the_image_has_what_the_wheel_needs_and_nothing_that_is_not_there(
    root: Path, ops: Path
) -> None:
    copied = {
        source
        for word, rest in steps(ops)
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert all((root / source).exists() for source in copied)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    needed = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*needed["packages"], *needed["force-include"], project["project"]["readme"]} <= copied
    ignored = (ops / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    installs = [rest for word, rest in steps(ops) if word == "RUN" and " pip install " in rest]
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)
    assert [rest for word, rest in steps(ops) if word == "USER"] == ["10001:10001"]


def test_the_image_runs_the_versions_that_were_tested(root: Path, ops: Path) -> None:
    def pins(path: Path) -> dict[str, str]:
        found = re.findall(r"^([\w.-]+(?:\[\w+\])?==\S+)", path.read_text("utf-8"), re.MULTILINE)
        return dict(pin.split("==") for pin in found)

    image, tested = pins(ops / "requirements.lock"), pins(root / "requirements-dev.lock")
    assert "psycopg-binary" in image
    assert image.items() <= tested.items()


@pytest.mark.parametrize("name", COMPOSED)
def test_every_container_of_ours_has_few_rights_and_secrets_as_files(name: str, ops: Path) -> None:
    composed = yaml(ops / name)
    ours = composed["services"]["rotation"]
    assert ours["read_only"] is True
    assert ours["cap_drop"] == ["ALL"]
    assert ours["security_opt"] == ["no-new-privileges:true"]
    assert (ops / ours["build"]["context"] / ours["build"]["dockerfile"]).is_file()
    for service in composed["services"].values():
        assert set(service["secrets"]) <= set(composed["secrets"])
        kept = [v.partition(":")[0] for v in service["volumes"] if not v.startswith(".")]
        assert set(kept) <= set(composed["volumes"])
        said = {k: v for k, v in service["environment"].items() if v.startswith("/run/secrets/")}
        assert {Path(v).name for v in said.values()} == set(service["secrets"])
    assert all(set(secret) == {"file"} for secret in composed["secrets"].values())
    assert ours["stop_grace_period"] == "30s"


def test_replicas_share_a_ledger_on_a_server(ops: Path) -> None:
    composed = yaml(ops / "compose.postgres.yaml")
    assert composed["services"]["rotation"]["deploy"]["replicas"] == 2
    assert "/var/lib/rotation" not in str(composed["services"]["rotation"]["volumes"])


def test_every_hold_that_an_alert_names_is_one_and_each_alert_says_what_to_do(ops: Path) -> None:
    (group,) = yaml(ops / "alerts.yaml")["groups"]
    names = [rule["alert"] for rule in group["rules"]]
    assert len(names) == len(set(names)) > 10
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["what_to_do"].endswith(".")
        for holds in re.findall(r'(?:hold|why)=~"([^"]+)"', rule["expr"]):
            assert {Hold(hold) for hold in holds.split("|")}
    known = {one.name for one in listed()}
    said = " ".join(rule["annotations"]["what_to_do"] for rule in group["rules"])
    assert set(re.findall(r"`rotation (\w+)", said)) <= known
