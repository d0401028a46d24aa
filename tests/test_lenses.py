"""No result without the name of what it was compared with: on screen, on paper, in files, on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from geo import account, sheet
from geo.__main__ import main
from geo.errors import RefusedQuestion
from geo.maps.labels import lens_name
from geo.maps.legend import legend
from geo.maps.palette import PALETTES
from geo.stats.sentences import lens_question, lens_title
from geo.study import Question, Study, ask, open_study
from geo.tables import LENSES
from geo.words import LANGUAGES

QUESTIONS = {lens: Question(lens=lens, categories=("S09006",) if lens == "share" else ()) for lens in LENSES}
TABLE = "社区名称,户数,常住人口,道路长度（公里）\n"


@pytest.fixture(scope="module")
def measured(demo: dict[str, Any], study: Study, tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Path]:
    """The demo city with a table of its communities, of which one is missing and one is not there."""
    names = study.areas[study.areas["kind"] == "community"]["name"].tolist()
    file = tmp_path_factory.mktemp("table") / "communities.csv"
    rows = [f"{name},{500 + at},{1300 + 3 * at},{at / 10}" for at, name in enumerate(names[1:])]
    file.write_text(TABLE + "\n".join([*rows, "无名社区,5,5,5"]), "utf-8")
    return open_study(demo["reports"][1:2], demo["areas"], mapping=demo["mapping"], exposure=file, resolution=9), file


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("lens", LENSES)
def test_a_result_bears_the_name_of_its_lens(lens: str, lang: str, study: Study) -> None:
    answer = ask(study, QUESTIONS[lens], lang=lang)
    per = answer.question.per if lens == "places" else ""
    title = lens_title(lens, lang, per=per)
    assert answer.headline == title
    assert title in account.about(study, answer, lang=lang).values(), "the cover sheet of every list"
    scene = sheet.map_scene(study, answer, lang=lang)
    assert scene.question == lens_question(lens, lang, delta=answer.tests[0].model.delta, per=per)
    assert f"<h1>{title}</h1>" in sheet.map_page(study, answer, scene), "the map as a file"
    assert set(answer.table["lens"]) == {lens}
    assert lens_name(lens, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("view", ["hot", "ratio"])
def test_the_legend_of_a_view_that_compares_says_with_what(view: str, lang: str, study: Study) -> None:
    window = ask(study, Question()).window
    told = {
        legend(
            view,
            PALETTES["light"],
            lang,
            lens=lens,
            question=lens_question(lens, lang),
            window=(window.first, window.last),
            resolution=9,
            kinds=(),
        )
        for lens in LENSES
    }
    assert len(told) == len(LENSES)


@pytest.mark.parametrize(
    ("lang", "title"),
    [("en", "More than its population would explain"), ("zh", "超出人口所能解释的地方")],
)
def test_the_command_line_names_lens_and_measure(
    lang: str,
    title: str,
    demo: dict[str, Any],
    measured: tuple[Study, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    areas = [f"{kind}={file}" for kind, file in demo["areas"]]
    given = ["--reports", str(demo["reports"][1]), "--areas", *areas, "--mapping", str(demo["mapping"])]
    given += ["--exposure", str(measured[1]), "--lens", "places", "--per", "常住人口", "--lang", lang]
    assert main(["hotspots", *given, "--resolution", "9", "--out", str(tmp_path / "list.csv")]) == 0
    said = capsys.readouterr()
    assert title in said.out
    assert "communities.csv" in said.err


def test_an_unknown_measure_is_refused_with_those_there_are(measured: tuple[Study, Path]) -> None:
    with pytest.raises(RefusedQuestion, match=r"There are: households, population, street_length\."):
        ask(measured[0], Question(lens="places", per="shops"))


def test_every_measure_answers_under_its_own_name(measured: tuple[Study, Path]) -> None:
    study, _ = measured
    assert list(study.exposures) == ["households", "population", "street_length"]
    titles = set()
    for per in study.exposures:
        answer = ask(study, Question(lens="places", per=per))
        titles.add(answer.headline)
        assert answer.question.per == per
        expected = answer.tests[0].count.sum() * np.nan_to_num(study.exposures[per]) / np.nansum(study.exposures[per])
        assert np.corrcoef(answer.tests[0].expected, expected)[0, 1] > 0.5
        notes = " ".join(answer.notes)
        assert "1 rows of communities.csv match nothing on the map (无名社区)" in notes
        assert "areas (" in notes, "the community that the table leaves out"
    assert len(titles) == 3
    first = ask(study, Question(lens="places"))
    assert first.headline == "More than its households would explain"
    assert "expected from its households" in " ".join(first.only("hot")["reason"])


def test_notes_of_the_measure_are_said_for_its_lens_only(measured: tuple[Study, Path]) -> None:
    assert not [text for text in ask(measured[0], Question()).notes if "communities.csv" in text]


def test_the_notes_stand_on_the_cover_sheet(study: Study) -> None:
    answer = ask(study, Question(lens="past"))
    kept = account.about(study, answer).values()
    assert set(answer.notes) <= set(kept)
    assert any("Inspection began on" in text for text in kept)


@pytest.mark.parametrize("lens", LENSES)
def test_the_weeks_of_a_place_add_up_to_what_was_expected(lens: str, study: Study) -> None:
    """Season and holidays are the city's own, so the sum over the window is that of the list, in every lens."""
    answer = ask(study, QUESTIONS[lens])
    ranked = answer.table.sort_values("expected")
    for row in (ranked.iloc[-1], ranked.iloc[len(ranked) // 2]):
        weeks = account.weekly(study, answer, row["cell"])
        inside = weeks.filter(pl.col("week") >= answer.window.first)
        assert inside["expected"].sum() == pytest.approx(row["expected"], rel=1e-3, abs=1e-3)
    city = study.cube.by_period(answer.window.last, 26).sum(axis=0)
    if lens != "share":
        assert np.corrcoef(account.weekly(study, answer, ranked["cell"].iloc[-1])["expected"], city)[0, 1] > 0.999


def test_long_holidays_stand_in_their_week(study: Study) -> None:
    answer = ask(study, Question())
    for lang, festival in (("en", "Dragon Boat Festival"), ("zh", "端午节")):
        weeks = account.weekly(study, answer, answer.table["cell"].iloc[0], weeks=40, lang=lang)
        (row,) = weeks.filter(pl.col("holiday") == festival).rows(named=True)
        assert row["days_off"] == 3
