"""A real browser before the real daemon. Without one the tests fail: no page was seen then."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = os.environ.get("ROTATION_CHROMIUM", "/usr/bin/chromium")
PATIENCE = 240_000
"""Milliseconds that anything may take on a busy machine; nothing is measured by them."""
SIZES = {"desk": (1280, 900), "phone": (390, 844), "small": (360, 740)}
Json: TypeAlias = Any
"""Whatever a browser's context takes."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as player:
        found = player.chromium.launch(executable_path=CHROMIUM, timeout=PATIENCE)
        yield found
        found.close()


class Eyes:
    """Opens pages, and hears whatever a browser complains of on the way."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.complaints: list[str] = []

    @contextmanager
    def on(self, device: str = "desk", scheme: str = "light", **more: Json) -> Iterator[Page]:
        width, height = SIZES[device]
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            **more,
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: self._dialog(page, dialog))
        page.on("console", lambda said: self._said(page, said.type, said.text))
        yield page
        context.close()

    def _dialog(self, page: Page, dialog: Json) -> None:
        self.complaints.append(f"{page.url} opened a dialog: {dialog.message}")
        dialog.dismiss()

    def _said(self, page: Page, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{page.url}: {text}")


@pytest.fixture
def eyes(chromium: Browser) -> Iterator[Eyes]:
    """A browser of one's own that in the end had nothing to complain of."""
    found = Eyes(chromium)
    yield found
    assert found.complaints == []
