"""Where no report says when it was closed: whether problems of a kind follow each other close by and soon."""

from __future__ import annotations

from html import escape

import polars as pl

from geo.ui.list_story import title
from geo.words import say
from geo.words.numbers import ratio

LEVEL = 0.05


def near_repeats_table(knox: pl.DataFrame, lang: str) -> str:
    """Return the Knox table as HTML: observed over expected pairs by distance and days. `knox`: geo.stats.knox.

    >>> cells = {"near": ["same", "ring 1"], "days": ["0-7", "0-7"], "observed": [30, 9], "expected": [10.0, 9.0]}
    >>> drawn = near_repeats_table(pl.DataFrame({**cells, "ratio": [3.0, 1.0], "p_value": [0.005, 0.6]}), "en")
    >>> drawn.count("<td"), "<b>▲ 3</b>" in drawn
    (2, True)
    """
    names = {
        "same": say("Same place", lang),
        "ring 1": say("Next to it", lang),
        "ring 2": say("Two cells on", lang),
    }
    spans = knox["days"].unique(maintain_order=True).to_list()
    head = "".join(f"<th>{escape(say('{days} days', lang, days=span))}</th>" for span in spans)
    rows = ""
    for near in knox["near"].unique(maintain_order=True):
        cells = "".join(
            f"<td>{_cell(share, chance)}</td>"
            for share, chance in knox.filter(pl.col("near") == near).select("ratio", "p_value").iter_rows()
        )
        rows += f'<tr><th class="word" scope="row">{escape(names[near])}</th>{cells}</tr>'
    heading = title(say("Do problems follow each other?", lang))
    about = say(
        "Pairs of the same category, so many times what the days alone would bring; ▲ beyond chance. Cells of 130 m.",
        lang,
    )
    return (
        f'<div class="hx checks">{heading}<div><table><thead><tr><th class="word"></th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div><small>{escape(about)}</small></div>"
    )


def _cell(times: float | None, chance: float) -> str:
    if times is None or times != times:
        return "–"
    beyond = times > 1 and chance <= LEVEL
    return f"<b>▲ {ratio(times)}</b>" if beyond else ratio(times)
