"""A test of the suite as a part of the soak: the same, told to do much more by its environment."""

import os
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def ran(test: str, at_once: int, **environ: str) -> tuple[tuple[str, ...], Counter[str]]:
    """What failed, by name, and what the tests counted for the record."""
    os.environ.update(environ)
    with tempfile.TemporaryDirectory() as room:
        report = Path(room) / "report.xml"
        pytest.main(
            [
                *(
                    "-q",
                    "-o",
                    "junit_family=xunit1",
                    "-c",
                    str(ROOT / "pyproject.toml"),
                    f"--rootdir={ROOT}",
                ),
                *("-n", str(at_once), f"--junitxml={report}", str(ROOT / test)),
            ]
        )
        if not report.exists():
            return (f"{test} did not run",), Counter()
        return _read(ET.parse(report))  # noqa: S314 - pytest's own report


def _read(report: "ET.ElementTree[ET.Element]") -> tuple[tuple[str, ...], Counter[str]]:
    counted: Counter[str] = Counter()
    for told in report.iter("property"):
        counted[told.attrib["name"]] += int(told.attrib["value"])
    failed = tuple(
        case.attrib["name"]
        for case in report.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    )
    return failed, counted
