"""Why problems pile up at a place, in words: the lead, one line per cause, nothing of what the files do not tell."""

from __future__ import annotations

import pytest

from geo.recurring.causes import Reading, WhyHere
from geo.ui.why_here import lead_words, why_lines
from tests.ui.test_pages import bodies, visit

RETURNS = Reading("relapse", 12, 84, 0.05, beyond=True)
WAITING = Reading("backlog", 9, 60, 0.16, beyond=False)
FEW = Reading("nobody", 2, 19, 0.02, beyond=False)


def why(*readings: Reading, leading: str = "", judged: bool = True) -> WhyHere:
    return WhyHere(leading, judged, readings, incidents=84, new=40, overdue=3, old=2)


def test_each_cause_stands_beside_the_city() -> None:
    lines = dict(why_lines(why(RETURNS, WAITING, FEW, leading="relapse"), "en"))
    assert lines["Came back"] == "12 of 84 incidents (14%); at places as busy in the city 5%: beyond chance"
    assert lines["Still open"] == "9 of 60 reports (15%); in the city 16%; 3 overdue, 2 older than 30 days"
    assert lines["Nobody's"].endswith("too few to tell")
    assert lines["New at the place"].startswith("40 of 84 incidents, the first of their category there")
    assert "within 30 days of its closing" in lines["The others"]


def test_the_lead_names_what_stands_out_or_says_that_nothing_does() -> None:
    assert "came back" in lead_words(why(RETURNS, leading="relapse"), "en")
    assert lead_words(why(WAITING), "en") == "No single cause stands out from the city."
    assert lead_words(why(FEW), "en") == "Too few reports to tell why."
    assert lead_words(why(RETURNS, judged=False), "en") == ""


def test_what_the_files_do_not_tell_is_not_named() -> None:
    assert "Came back" not in dict(why_lines(why(WAITING), "en"))


@pytest.mark.parametrize(("lang", "title"), [("en", "Why here"), ("zh", "为何在此")])
def test_the_story_of_a_place_says_why_before_it_lists_reports(lang: str, title: str) -> None:
    page = bodies(visit(lang))
    assert title in page
    assert page.index(title) < page.index('class="report"')
