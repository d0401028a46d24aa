"""Work orders on the page Priorities: what was made and accepted stays while the planner looks elsewhere."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from geo.ui.cache import Sources
from geo.ui.orders_back import answer_words
from geo.ui.orders_photos import gathered
from geo.ui.orders_view import Made
from geo.ui.uploads import fitting
from tests.agenda_town import write_town
from tests.ui.test_pages import bodies
from tests.ui.test_priorities import visit

MAKE = {"en": "Make the work orders", "zh": "生成整改工单"}
BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    folder = tmp_path_factory.mktemp("town")
    write_town(folder)
    return Sources((folder / "reports.csv",), (("community", folder / "communities.geojson"),))


@pytest.fixture
def app(town: Sources) -> AppTest:
    """The step of the orders, with orders that were made."""
    app = visit(sources=town, agenda="choice", step="orders")
    make(app).click().run()
    assert not app.exception
    assert made(app).orders.problems.height
    return app


def make(app: AppTest, lang: str = "en") -> Any:
    return next(button for button in app.button if button.label == MAKE[lang])


def made(app: AppTest) -> Made:
    return app.session_state["orders-made"]


def deadline(app: AppTest) -> Any:
    return next(box for box in app.date_input if str(box.key).startswith("deadline"))


def speak(app: AppTest, lang: str) -> AppTest:
    app.session_state["language"] = lang
    return app.run()


def step(app: AppTest, name: str) -> AppTest:
    return app.button_group(key="step-en").set_value(name).run()


def offered(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.download_button}


def answered(app: AppTest, state: str, done: str | None = None) -> bytes:
    """Return the fullest workbook of the orders with an answer to its first problem."""
    path = max((file for file in made(app).files if file.suffix == ".xlsx"), key=lambda file: file.stat().st_size)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[2]}
    sheet.cell(3, at["Result"], state)
    sheet.cell(3, at["Rectified on"], done)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def send_back(app: AppTest, *books: tuple[str, bytes]) -> AppTest:
    return app.file_uploader(key="orders-back").set_value([(*book, BOOK) for book in books]).run()


def test_orders_answers_and_deadline_stay_when_the_language_changes_or_another_step_is_read(app: AppTest) -> None:
    chosen = deadline(app).value + timedelta(days=9)
    deadline(app).set_value(chosen).run()
    assert "orders.zip" not in offered(app), "another deadline, other orders"
    make(app).click().run()
    send_back(app, ("East.xlsx", answered(app, "not yet")))
    app.button(key="accept-answers").click().run()
    assert not app.exception
    assert {"orders.zip", "orders-progress"} <= offered(app)
    before = made(app)
    speak(app, "zh")
    assert deadline(app).value == chosen
    assert {"orders.zip", "orders-progress"} <= offered(app)
    assert "文件语言为English。" in bodies(app)
    assert not make(app, "zh").disabled
    step(speak(app, "en"), "budget")
    assert "orders.zip" not in offered(app)
    step(app, "orders")
    assert deadline(app).value == chosen
    assert {"orders.zip", "orders-progress"} <= offered(app)
    assert "The files are in" not in bodies(app)
    assert make(app).disabled
    assert made(app) is before


def test_the_deadline_follows_the_review_again_once_it_is_chosen_anew(app: AppTest) -> None:
    review = deadline(app).value
    deadline(app).set_value(review + timedelta(days=3)).run()
    deadline(app).set_value(review).run()
    assert "orders-deadline" not in app.session_state


def test_orders_of_another_ranking_are_not_shown(app: AppTest) -> None:
    """The areas are the same, and their tiers are not."""
    before = made(app).orders.responsibilities
    app.session_state["filters"] = replace(app.session_state["filters"], weights="0-0-0-0-5")
    app.run()
    assert not app.exception
    assert "orders.zip" not in offered(app)
    make(app).click().run()
    after = made(app).orders.responsibilities
    assert sorted(after["area_id"]) == sorted(before["area_id"])
    assert after.sort("area_id")["tier"].to_list() != before.sort("area_id")["tier"].to_list()


def test_a_conflict_is_asked_about_once_and_either_side_may_hold(app: AppTest) -> None:
    books = [("North.xlsx", answered(app, "rectified", "2026-11-15")), ("South.xlsx", answered(app, "not yet"))]
    send_back(app, *books)
    asked = next(box for box in app.radio if str(box.key).startswith("conflict-"))
    assert len(asked.options) == 2
    assert "accept-answers" not in {button.key for button in app.button}
    asked.set_value(0).run()
    app.button(key="accept-answers").click().run()
    assert not app.exception
    assert not [box for box in app.radio if str(box.key).startswith("conflict-")]
    send_back(app, *books, ("East.xlsx", answered(app, "not ours")))
    asked = next(box for box in app.radio if str(box.key).startswith("conflict-"))
    assert len(asked.options) == 2
    asked.set_value(1).run()
    app.button(key="accept-answers").click().run()
    assert not app.exception
    assert not [box for box in app.radio if str(box.key).startswith("conflict-")]


@pytest.mark.parametrize(("lang", "photo"), [("en", "photo IMG_7"), ("zh", "照片IMG_7")])
def test_an_answer_in_a_conflict_says_by_whom_and_by_which_photo(lang: str, photo: str) -> None:
    row = {"after": "rectified", "day": date(2026, 11, 20), "by_unit": "东湖环卫所", "note": None, "photo": "IMG_7"}
    said = answer_words(row | {"accepted": True, "file": "East.xlsx", "row": 3}, lang)
    assert "东湖环卫所" in said
    assert photo in said
    assert answer_words(row | {"by_unit": "清江环卫所", "accepted": True, "file": "East.xlsx", "row": 3}, lang) != said


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


def test_photos_stay_and_two_of_one_name_are_said(app: AppTest) -> None:
    photos = [(name, picture(colour), "image/jpeg") for name, colour in (("r1.jpg", "red"), ("r1.jpg", "blue"))]
    app.file_uploader(key="order-photos-en").set_value([*photos, (f"{'东' * 100}.jpg", picture("green"), "image/jpeg")])
    app.run()
    assert not app.exception
    assert "Several photos are named r1: of each name the one chosen last is used." in bodies(app)
    make(app).click().run()
    folder = made(app).orders.photos
    assert folder is not None
    assert (folder / "r1.jpg").read_bytes() == picture("blue")
    speak(app, "zh")
    assert "orders.zip" in offered(app)
    assert "有同名照片：r1。" in bodies(app)
    step(speak(app, "en"), "budget")
    step(app, "orders")
    assert "orders.zip" in offered(app)
    app.button(key="photos-leave-out").click().run()
    assert "Several photos" not in bodies(app)
    assert "orders.zip" not in offered(app)


def test_of_each_name_the_last_photo_is_taken(tmp_path: Path) -> None:
    photos = [tmp_path / part for part in ("a/r1.jpg", "b/r1.png", "a/r2.jpg")]
    for path in photos:
        path.parent.mkdir(exist_ok=True)
        path.write_text(str(path))
    folder, twice = gathered(photos, tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["r1.png", "r2.jpg"]
    assert twice == ["r1"]
    assert gathered(photos[1:], tmp_path) == (folder, [])


@pytest.mark.parametrize("name", ["东" * 200 + ".xlsx", "a" * 300, "x." + "y" * 300])
def test_a_name_that_no_file_system_takes_is_cut(tmp_path: Path, name: str) -> None:
    (tmp_path / fitting(name)).write_text("")
    assert (fitting(name) + "|").endswith(("东.xlsx|", "a|", "y|"))
