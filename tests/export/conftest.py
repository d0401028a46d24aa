"""What tests of printed things ask for."""

from __future__ import annotations

import pytest

from geo.maps.assets import print_font


@pytest.fixture
def font() -> None:
    """The font that setup brings; tests that print Chinese skip where it was not fetched."""
    if not print_font.there():
        pytest.skip("the font Noto Sans SC was not fetched at setup")
