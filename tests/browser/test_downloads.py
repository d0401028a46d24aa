"""What is downloaded is what is shown."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import NEXT_MS, open_map

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_download_holds_the_rows_that_are_shown(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    open_map(visit)
    shown = page.locator(".strip").inner_text()
    counts = [int(re.search(rf"([\d,]+) {word}", shown)[1].replace(",", "")) for word in ("hot", "core")]  # type: ignore[index]
    page.get_by_text("Download the list").click()
    for label, rows in zip(("Hot", "Core"), counts, strict=True):
        with visit.run():
            page.get_by_text(re.compile(rf"^{label} {rows}$")).click()
        with page.expect_download(timeout=NEXT_MS) as started:
            page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV", exact=True).click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        assert f"-{label.lower()}-" in path.name
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert pl.read_csv(path).height == rows
    expect(page.get_by_test_id("stException")).to_have_count(0)
