"""What the rows say, word for word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.stats.map_notes import batch_note
from geo.stats.results import HotspotTest, Model
from geo.stats.sentences import lens_question, lens_title, row_sentences
from geo.tables import LENSES
from geo.words.numbers import chance

MODEL = Model(delta=1.0, D=1.5, tau=0.2, cell_D=1.5, cell_tau=0.2, origins=3, past_weeks=52)


def three_cells(lens: str = "past") -> HotspotTest:
    """One hot, one with too few reports, one as usual."""
    ring, expected = np.array([38.0, 1.0, 12.0]), np.array([14.2, 1.2, 11.0])
    p_value = np.array([1e-4, 0.7, 0.4])
    return HotspotTest(
        lens=lens,
        weeks=13.0,
        count=np.array([20.0, 1.0, 2.0]),
        ring=ring,
        expected=expected,
        ratio=ring / expected,
        p_value=p_value,
        q_value=p_value * 3,
        own_p_value=p_value,
        rose=np.ones(3, dtype=bool),
        lasting=np.ones(3, dtype=bool),
        hot=np.array([True, False, False]),
        core=np.array([True, False, False]),
        enough=np.array([True, False, True]),
        gi_star=np.full(3, np.nan),
        model=MODEL,
    )


def test_own_past_in_both_languages() -> None:
    assert row_sentences(three_cells()) == [
        "38 incidents here and in the neighbouring cells in 13 weeks; 14.2 expected from its own past year; 2.7 times; "
        "by chance about 1 in 10,000.",
        "1 incident here and in the neighbouring cells in 13 weeks, 1.2 expected: too few to judge.",
        "12 incidents here and in the neighbouring cells in 13 weeks, 11.0 expected: no more than normal variation.",
    ]
    assert row_sentences(three_cells(), "zh") == [
        "近13周38起，预期14.2起（按自身过去一年），2.7倍；偶然出现的概率约万分之一",
        "近13周1起，预期1.2起；数量过少，不作判断",
        "近13周12起，预期11.0起；未超出正常波动",
    ]


def test_each_lens_says_what_was_compared() -> None:
    said = {lens: row_sentences(three_cells(lens))[0] for lens in ("city", "past", "places")}
    assert "14.2 expected from the city's average" in said["city"]
    assert "14.2 expected from its people or streets" in said["places"]
    short = replace(three_cells(), model=replace(MODEL, past_weeks=20))
    assert "14.2 expected from the 20 weeks before" in row_sentences(short)[0]


def test_share_names_the_category() -> None:
    test = replace(three_cells("share"), total=np.array([256.0, 1.0, 90.0]))
    assert row_sentences(test, category="Graffiti")[0] == (
        "Graffiti: 38 of 256 incidents here and in the neighbouring cells in 13 weeks; "
        "the city's share would give 14.2; 2.7 times; by chance about 1 in 10,000."
    )
    assert row_sentences(test, "zh", category="乱涂写")[0] == (
        "近13周256起中乱涂写38起，预期14.2起（按全市占比），2.7倍；偶然出现的概率约万分之一"
    )


def test_a_threshold_is_said() -> None:
    test = replace(three_cells("city"), model=replace(MODEL, delta=1.25))
    assert row_sentences(test)[0].endswith("by chance about 1 in 10,000 (up to 1.25 times counts as ordinary).")
    assert row_sentences(test, "zh")[0].endswith("偶然出现的概率约万分之一（以预期的1.25倍以内为正常）")


def test_high_but_not_proven() -> None:
    test = replace(three_cells(), p_value=np.array([1e-4, 0.7, 0.004]))
    assert row_sentences(test)[2].endswith("11.0 expected: high, but not proven among 3 places.")


def test_a_batch_is_not_called_a_rise() -> None:
    few_weeks = replace(
        three_cells(),
        hot=np.zeros(3, dtype=bool),
        enough=np.ones(3, dtype=bool),
        lasting=np.array([False, True, True]),
    )
    assert row_sentences(few_weeks)[0].endswith("14.2 expected: high in a week or two only.")
    assert row_sentences(few_weeks, "zh")[0].endswith("只集中在一两周内偏高")


@pytest.mark.parametrize(("weeks", "words"), [(13, "13 weeks"), (90 / 7, "90 days"), (1, "1 week"), (1 / 7, "1 day")])
def test_the_window_is_said_as_it_was_asked(weeks: float, words: str) -> None:
    assert f" in {words}" in row_sentences(replace(three_cells(), weeks=weeks))[2]


@pytest.mark.parametrize("lens", LENSES)
def test_every_lens_has_a_title_and_a_question(lens: str) -> None:
    for speak in (lens_title, lens_question):
        assert speak(lens)
        assert speak(lens, "zh") != speak(lens)
    assert lens_question(lens).endswith("?")


def test_twenty_thousand_rows_take_no_time() -> None:
    test = three_cells()
    many = replace(
        test,
        **{
            name: np.tile(getattr(test, name), 7000)
            for name in ("ring", "expected", "ratio", "p_value", "q_value", "hot", "enough", "rose", "lasting")
        },
    )
    said = row_sentences(many, "zh")
    assert len(said) == 21_000
    assert said[0].endswith(chance(1e-4, "zh"))


def test_batches_are_said() -> None:
    batch, steady = [9, 8, 7, 1, 1, 1, 1, 1, 0, 0, 0, 0], [2] * 12
    assert batch_note([steady]) is None
    assert batch_note([batch, steady]).sentence() == "1 hot spot was mostly entered on 3 days."
    assert batch_note([batch, batch]).sentence("zh") == "有2个热点的问题多半集中在3天内录入。"
    assert batch_note(np.zeros((0, 91))) is None
