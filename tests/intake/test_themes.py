"""Themes: groups of categories as data, and what they stand for where categories are asked for."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo import account
from geo.errors import BadMapping, RefusedQuestion
from geo.intake.categories import category_table
from geo.intake.mapping import load_mapping
from geo.intake.themes import all_themes, find_theme, shipped_themes
from geo.stats.scope import find_codes
from geo.study import Question, Study, ask, open_study
from geo.words import say


def test_every_code_of_a_theme_is_in_the_standard_and_stands_there_once() -> None:
    for theme in shipped_themes():
        codes = [c for c in theme.categories if c[0] in "SB" and c[1:].isdigit()]
        assert set(codes) <= set(category_table().names), theme.key
        assert len(set(theme.categories)) == len(theme.categories), theme.key


def test_every_word_of_an_export_is_one_that_boston_published(shared: Path) -> None:
    with gzip.open(shared / "data/boston/boston311_2015_city_export.csv.gz", "rt", encoding="utf-8") as file:
        published = {row["TYPE"] for row in csv.DictReader(file)}
    words = {c for theme in shipped_themes() for c in theme.categories if not c[1:].isdigit()}
    assert words <= published


def test_the_themes_that_campaigns_are_about_are_there() -> None:
    assert {"占道经营", "乱停放", "小广告", "扬尘", "垃圾"} <= {theme.chinese for theme in shipped_themes()}


@pytest.mark.parametrize("asked", ["theme:garbage", "theme:垃圾", "垃圾", "Garbage", "THEME:garbage".lower()])
def test_a_theme_is_found_by_its_key_and_by_its_name_in_both_languages(asked: str) -> None:
    theme = find_theme(asked, shipped_themes())
    assert theme is not None
    assert theme.key == "garbage"


def test_a_theme_counts_like_its_categories_together(study: Study) -> None:
    codes = find_codes(study.cube, ["theme:street_trading"])
    assert "S09005" in codes
    assert len(codes) > 1
    by_theme = ask(study, Question(categories=("theme:street_trading",)))
    one_by_one = ask(study, Question(categories=codes))
    assert by_theme.question == one_by_one.question
    assert by_theme.table.drop(columns="geometry").equals(one_by_one.table.drop(columns="geometry"))
    assert account.narrowed_to(study, by_theme)["Categories"] == "Trading on the street"
    assert account.narrowed_to(study, by_theme, lang="zh")[say("Categories", "zh")] == "占道经营"


def test_a_name_that_a_category_has_too_means_the_category(study: Study) -> None:
    assert find_codes(study.cube, ["占道经营"]) == ("S09006",)
    assert len(find_codes(study.cube, ["theme:占道经营"])) > 1


def test_a_theme_and_one_of_its_categories_count_once(study: Study) -> None:
    codes = find_codes(study.cube, ["theme:dust", "S08004"])
    assert len(codes) == len(set(codes))


def test_a_theme_of_the_mapping_goes_by_codes_or_by_names(demo: dict[str, Any]) -> None:
    mapping = replace(load_mapping(demo["mapping"]), themes={"夜市": ("店外经营", "S06029")})
    city = open_study(demo["reports"], demo["areas"], mapping=mapping)
    assert {code for theme in city.themes if theme.key == "夜市" for code in theme.categories} == {"S09005", "S06029"}
    assert ask(city, Question(categories=("夜市",))).question.categories == ("S09005", "S06029")


def test_a_theme_of_the_mapping_replaces_the_shipped_one_of_its_name() -> None:
    themes = all_themes({"垃圾": ["S06010"]})
    assert [theme.categories for theme in themes if theme.chinese == "垃圾"] == [("S06010",)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("theme:lakes", 'There is no theme "lakes". There are: garbage 垃圾'),
        ("theme:pests", 'No report is of the theme "pests". Its categories begin with: Bed Bugs'),
    ],
)
def test_a_theme_that_is_not_there_is_refused(study: Study, asked: str, said: str) -> None:
    with pytest.raises(RefusedQuestion) as refusal:
        find_codes(study.cube, [asked])
    assert refusal.value.sentence().startswith(said)


@pytest.mark.parametrize("themes", [{"": ["S06010"]}, {"empty": []}, {"wrong": [7]}, "text"])
def test_a_mapping_with_a_faulty_theme_is_refused(themes: Any) -> None:
    with pytest.raises(BadMapping):
        load_mapping({"themes": themes})
