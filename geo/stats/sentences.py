"""What a cell's numbers say, in one plain sentence per cell, and the name of each lens with the question it answers."""

from __future__ import annotations

import numpy as np

from geo.stats.exposure import measure_words
from geo.stats.multiplicity import LEVEL
from geo.stats.results import HotspotTest
from geo.words import say
from geo.words.numbers import chance, ratio

TITLE_SENTENCES = {
    "city": "Where problems concentrate, not adjusted for people or streets",
    "past": "Where they have risen",
    "share": "What is unusual here",
    "places": "More than its {measure} would explain",
}
QUESTION_SENTENCES = {
    "city": "Does this place and its surroundings hold more than {delta} times the city's average?",
    "past": "Does this place hold more than its own past year would give, now that the whole city has moved as it has?",
    "share": "Is this category a larger part of all incidents here than in the city?",
    "places": "Does this place hold more than its {measure} would give at the city's rate?",
}

_HOT_SENTENCES = {
    "city": "{incidents} here and in the neighbouring cells in {span}; "
    "{expected} expected from the city's average; {ratio} times; by chance {chance}",
    "past": "{incidents} here and in the neighbouring cells in {span}; "
    "{expected} expected from its own past year; {ratio} times; by chance {chance}",
    "past, short": "{incidents} here and in the neighbouring cells in {span}; "
    "{expected} expected from the {weeks} weeks before; {ratio} times; by chance {chance}",
    "share": "{category}: {count} of {incidents} here and in the neighbouring cells in {span}; "
    "the city's share would give {expected}; {ratio} times; by chance {chance}",
    "places": "{incidents} here and in the neighbouring cells in {span}; "
    "{expected} expected from its {measure}; {ratio} times; by chance {chance}",
}
_QUIET_SENTENCES = {
    "count": "{incidents} here and in the neighbouring cells in {span}, {expected} expected",
    "share": "{category}: {count} of {incidents} here and in the neighbouring cells in {span}, {expected} expected",
}
_VERDICT_SENTENCES = {
    "hot": "{facts}.",
    "above": "{facts} (up to {delta} times counts as ordinary).",
    "unknown": "No {measure} is known here: not judged.",
    "few": "{facts}: too few to judge.",
    "batch": "{facts}: high in a week or two only.",
    "high": "{facts}: high, but not proven among {cells} places.",
    "usual": "{facts}: no more than normal variation.",
}


def lens_title(lens: str, lang: str = "en", *, per: str = "") -> str:
    """Return the name under which a lens is always shown. `per`: the measure that `places` compares by.

    >>> lens_title("past"), lens_title("city", "zh")
    ('Where they have risen', '问题集中的地方（未按人口或道路折算）')
    >>> lens_title("places", per="households")
    'More than its households would explain'
    """
    return say(TITLE_SENTENCES[lens], lang, measure=measure_words(per).sentence(lang))


def lens_question(lens: str, lang: str = "en", *, delta: float = 1.5, per: str = "") -> str:
    """Return the question that a lens answers.

    >>> lens_question("city", "zh")
    '本处连同周边是否超过全市平均的1.5倍？'
    """
    return say(QUESTION_SENTENCES[lens], lang, delta=f"{delta:g}", measure=measure_words(per).sentence(lang))


def window_words(weeks: float, lang: str = "en") -> str:
    """Say the length of a window, in weeks where they are whole.

    >>> window_words(13), window_words(90 / 7), window_words(13, "zh"), window_words(1)
    ('13 weeks', '90 days', '13周', '1 week')
    """
    days = round(weeks * 7)
    if days % 7 == 0:
        return say("1 week", lang) if days == 7 else say("{weeks} weeks", lang, weeks=days // 7)
    return say("1 day", lang) if days == 1 else say("{days} days", lang, days=days)


def nothing_found(weeks: float, judged: bool, lang: str = "en") -> str:
    """Say that an empty map is an answer; or that it is none, where no place had enough reports to be `judged`.

    >>> nothing_found(13, True), nothing_found(4, False)
    ('Nothing beyond expectation in 13 weeks.', 'Too few reports in 4 weeks to tell places apart.')
    """
    if not judged:
        return say("Too few reports in {span} to tell places apart.", lang, span=window_words(weeks, lang))
    return say("Nothing beyond expectation in {span}.", lang, span=window_words(weeks, lang))


def row_sentences(test: HotspotTest, lang: str = "en", *, category: str | None = None) -> list[str]:
    """Return one sentence per cell: what was counted, what was expected from what, and whether chance would do it.

    `category`: the name under which the category of the share lens is shown.
    """
    batch = (test.q_value <= LEVEL) & test.rose & ~test.lasting
    cases = {"unknown": ~test.tested, "hot": test.hot, "few": ~test.enough, "batch": batch, "high": test.rising}
    judged = np.select(list(cases.values()), list(cases), default="usual")
    if test.model.delta > 1:
        judged = np.where(test.hot, "above", judged)
    total = test.ring if test.total is None else test.total
    rows = zip(
        judged.tolist(),
        test.ring.tolist(),
        total.tolist(),
        test.expected.tolist(),
        test.ratio.tolist(),
        test.p_value.tolist(),
        strict=True,
    )
    common = {
        "span": window_words(test.weeks, lang),
        "category": category or say("This category", lang),
        "weeks": test.model.past_weeks,
        "measure": measure_words(test.model.per).sentence(lang),
        "delta": f"{test.model.delta:g}",
        "cells": f"{test.tested.sum() + test.others:,}",
    }
    short = test.lens == "past" and test.model.past_weeks < 52
    hot = say(_HOT_SENTENCES["past, short" if short else test.lens], lang)
    quiet = say(_QUIET_SENTENCES["share" if test.lens == "share" else "count"], lang)
    verdicts = {verdict: say(text, lang) for verdict, text in _VERDICT_SENTENCES.items()}
    one, many = say("1 incident", lang), say("{count} incidents", lang)
    sentences = []
    said: dict[tuple[str, float, float, float], str] = {}  # most of 100,000 cells read like another
    for verdict, count, all_of_them, expected, times, p_value in rows:
        alike = verdict, count, all_of_them, round(expected, 1)
        if alike in said:
            sentences.append(said[alike])
            continue
        incidents = one if all_of_them == 1 else many.format(count=f"{all_of_them:,.0f}")
        values = common | {"incidents": incidents, "count": f"{count:,.0f}", "expected": f"{expected:,.1f}"}
        if verdict in ("hot", "above"):
            facts = hot.format(**values, ratio=ratio(times), chance=chance(p_value, lang))
        else:
            facts = quiet.format(**values)
        sentences.append(verdicts[verdict].format(facts=facts, **common))
        if verdict not in ("hot", "above"):
            said[alike] = sentences[-1]
    return sentences
