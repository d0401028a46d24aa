"""How sure the story of a place is: its badge, the interval of its ratio, and one line for every check behind it."""

from __future__ import annotations

from datetime import date
from html import escape
from math import floor, isfinite

import pandas as pd
from streamlit.delta_generator import DeltaGenerator

from geo.checks.stability import CHECKS, Check, Stability, Verdict
from geo.stats.stability import ROBUST
from geo.study import Answer
from geo.ui import cache
from geo.ui.cache import OpenedStudy
from geo.words import numbers, say, together

HELD, LOST, UNJUDGED = "✓", "✗", "–"


def tell_stability(place: DeltaGenerator, opened: OpenedStudy, answer: Answer, row: pd.Series, lang: str) -> None:
    """Say in `place` how sure the cell of `row` is: last of all, for the checks take a second the first time.

    What is drawn between two checks lets the reader's next click break them off.
    """
    ratio = interval_words(row, lang)
    if not row["hot"]:
        if ratio:
            place.html(f'<div class="hx sure">{escape(ratio)}</div>')
        return
    checks: list[Check] = []
    slot = place.empty()
    making = cache.checks_of(opened, answer)
    for number in range(1, len(CHECKS) + 1):
        waiting = say("Checking how sure this is: {number} of {all}", lang, number=number, all=len(CHECKS))
        slot.html(_block("…", waiting, ratio, "", ""))
        checks.append(next(making))
    verdict = Stability(tuple(checks)).of(int(row["cluster_id"]))
    lines = "".join(
        f"<li><i>{mark_of(verdict, check.name)}</i>{escape(line_of(verdict, check, lang))}</li>" for check in checks
    )
    slot.html(_block(*verdict_words(verdict, lang), ratio, doubts(verdict, lang), f"<ul>{lines}</ul>"))


def _block(mark: str, word: str, ratio: str, doubt: str, lines: str) -> str:
    summary = f'<span class="tag"><i>{mark}</i>{escape(word)}</span>'
    badge = f"<details><summary>{summary}</summary>{lines}</details>" if lines else f"<div>{summary}</div>"
    said = "".join(f"<div>{escape(text)}</div>" for text in (doubt, ratio) if text)
    return f'<div class="hx sure">{badge}{said}</div>'


def interval_words(row: pd.Series, lang: str) -> str:
    """Return the ratio of a cell with its interval; nothing where too little is expected for one."""
    if not all(isfinite(row[name]) for name in ("ratio", "ratio_low", "ratio_high")):
        return ""
    return say(
        "{ratio} times what is expected, 90 % interval {low} to {high}",
        lang,
        **{name: _times(row[of]) for name, of in (("ratio", "ratio"), ("low", "ratio_low"), ("high", "ratio_high"))},
    )


def _times(ratio: float) -> str:
    """Say a ratio with as many decimals as those beside it.

    >>> _times(7.0), _times(0.345), _times(12.4)
    ('7.0', '0.34', '12')
    """
    return f"{ratio:.1f}" if 1 <= ratio < 9.95 else numbers.ratio(ratio)


def verdict_words(verdict: Verdict, lang: str) -> tuple[str, str]:
    """Return the glyph and the word of a verdict.

    >>> verdict_words(Verdict({"coarser": 0.9, "shifted": 0.2, "reports": float("nan")}, None), "en")
    ('◐', 'Holds 1 of 2 checks')
    """
    if verdict.robust:
        return HELD, say("Robust", lang)
    if not verdict.judged:
        return UNJUDGED, say("Too small a map to check", lang)
    held, made = len(verdict.judged) - len(verdict.fails), len(verdict.judged)
    return "◐" if held else LOST, say("Holds {held} of {made} checks", lang, held=held, made=made)


def mark_of(verdict: Verdict, name: str) -> str:
    """Return the glyph of one check."""
    part = verdict.parts[name]
    return "" if not isfinite(part) else HELD if part >= ROBUST else LOST


def line_of(verdict: Verdict, check: Check, lang: str) -> str:
    """Return one check in plain words, and which part of the cluster is still hot in it."""
    match check.name:
        case "coarser":
            what = say(
                "in single cells of the next coarser grid (level {level}), each as large as a cell with its "
                "neighbours; of four ways to lay that grid the best one counts",
                lang,
                level=check.level,
            )
        case "shifted":
            what = say("cells moved by half a cell", lang)
        case "reports":
            what = say("every report counted, duplicates too", lang)
        case _:
            what = _week(verdict.worst_week, verdict.parts["weeks"], lang)
    if not isfinite(verdict.parts[check.name]):
        return _sentence(say("{check}: cannot be judged here", lang, check=what))
    part = part_words(verdict.parts[check.name])
    return _sentence(say("{check}: {part} of it still hot", lang, check=what, part=part))


def part_words(part: float) -> str:
    """Say which part is still hot, in whole per cent; what fails at 59.7 % does not read 60 %.

    >>> part_words(0.597), part_words(1.0), part_words(float("nan"))
    ('59%', '100%', '–')
    """
    return f"{floor(100 * part + 1e-9)}%" if isfinite(part) else UNJUDGED


def _week(week: date | None, part: float, lang: str) -> str:
    if week is None or not part < 1:  # every week weighs the same, or none can be judged
        return say("without its weightiest week", lang)
    return say("without its weightiest week, that of {day}", lang, day=numbers.day(week, lang))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def doubts(verdict: Verdict, lang: str) -> str:
    """Return what a cluster that is not robust depends on, a sentence for each check it fails; else nothing.

    >>> doubts(Verdict({"coarser": 0.9, "weeks": 0.2}, date(2026, 8, 3)), "en")
    'It hangs on one week, that of 3 Aug 2026.'
    """
    said = {
        "coarser": say("It stands out in cells of this size only.", lang),
        "shifted": say("It depends on where the borders of the cells lie.", lang),
        "reports": say("It depends on duplicates being merged.", lang),
        "weeks": say(
            "It hangs on one week, that of {day}.",
            lang,
            day=numbers.day(verdict.worst_week, lang) if verdict.worst_week else "",
        ),
    }
    return together((said[name] for name in verdict.fails), lang)
