"""The scorecard on the page Priorities: put in, put away, put in again; with the themes of the reader's own mapping."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from geo.ui.cache import Sources
from tests.agenda_town import write_town
from tests.ui.test_bulletin import made, sources
from tests.ui.test_pages import bodies
from tests.ui.test_priorities import visit

MANNERS = """
[scorecard]
name = "举止"
english = "Manners"

[[indicator]]
code = "L1"
name = "乱丢"
english = "Littering"
point_type = "community"
categories = ["theme:manners"]
deduction = 0.5
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    write_town(folder)
    (folder / "mapping.toml").write_text('[themes]\nmanners = ["litter"]\n', "utf-8")
    (folder / "manners.toml").write_text(MANNERS, "utf-8")
    return folder


def themed(town: Path) -> Sources:
    return replace(sources(town), mapping=town / "mapping.toml")


def put_in(app: AppTest) -> AppTest:
    app.file_uploader[0].set_value(("manners.toml", MANNERS.encode(), "application/toml")).run()
    assert not app.exception
    return app


def in_use(app: AppTest) -> bool:
    return "In use: manners.toml." in bodies(app) and "· Manners" in bodies(app)


def test_a_scorecard_put_away_can_be_put_in_again(town: Path) -> None:
    """One that was put away was never taken again in that visit."""
    app = visit(sources=themed(town), agenda="loss")
    app.button_group(key="loss-part-en").set_value("scorecard").run()
    assert in_use(put_in(app))
    for _ in range(2):
        next(button for button in app.button if button.label == "Back to the example").click().run()
        assert not app.exception
        assert "This is an example, not an official standard." in bodies(app)
        assert not in_use(app)
        assert app.file_uploader[0].value is None, "what is not in use does not stand there"
        assert in_use(put_in(app))


def test_a_scorecard_stays_when_its_file_is_taken_out_of_the_uploader(town: Path) -> None:
    app = visit(sources=themed(town), agenda="loss")
    app.button_group(key="loss-part-en").set_value("scorecard").run()
    put_in(app).file_uploader[0].set_value(None).run()
    assert not app.exception
    assert in_use(app)


def test_a_scorecard_may_name_the_themes_of_the_mapping(town: Path) -> None:
    """On the screen and in the bulletin, as on the command line."""
    app = visit(sources=themed(town), agenda="loss")
    app.session_state["scorecard-file"] = town / "manners.toml"
    app.button_group(key="loss-part-en").set_value("scorecard").run()
    assert not app.exception
    assert 'role="alert"' not in bodies(app)
    assert in_use(app)
    own = {"scorecard-file": town / "manners.toml"}
    assert "Littering" in made(themed(town), "en", **own)
    unknown = made(sources(town), "en", **own)
    assert not [text for text in unknown if "Littering" in text or "Expected score loss" in text], "no such theme there"
