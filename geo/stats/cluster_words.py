"""What a cluster's life says, in one or two plain sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from geo.grid.windows import Window
from geo.stats.identity import SEEN
from geo.stats.sentences import window_words
from geo.words import say, together
from geo.words.numbers import day

_LIFE_SENTENCES = {
    (True, False): "Since {since}: {hexagons}, with neighbours {incidents} in the last {length}, {usual}; "
    "hot in {hot} of {steps} periods.",
    (True, True): "Since {since} at least: {hexagons}, with neighbours {incidents} in the last {length}, {usual}; "
    "hot in {hot} of {steps} periods.",
    (False, False): "From {since} to {until}: {hexagons}, with neighbours {incidents} in its last {length}, {usual}; "
    "hot in {hot} of {steps} periods.",
    (False, True): "From {since} at least to {until}: {hexagons}, with neighbours {incidents} in its last {length}, "
    "{usual}; hot in {hot} of {steps} periods.",
}
"""By whether it is there now, and whether it was there when the records begin."""
_USUAL_SENTENCES = {
    "city": "{expected} at the city's average",
    "places": "{expected} by its people or streets",
}
"""What is expected, by lens."""


@dataclass(frozen=True)
class ClusterFacts:
    """What is said of one cluster. `last`: the period in which it was last seen, of which the numbers are.

    `size` is that of its hexagons; `incidents` and `expected` are of these and their neighbours, as the flag is.
    """

    state: str
    since: date
    from_start: bool  # there in the first period of the records, and perhaps before
    last: Window
    size: int
    incidents: int
    expected: float
    hot_steps: int
    steps: int
    missed: int = 0  # periods it was away before it was last seen
    parent_id: str | None = None
    merged_into: str | None = None
    provisional: bool = False
    lens: str = "city"


def cluster_sentence(facts: ClusterFacts, lang: str = "en") -> str:
    """Say since when a cluster is there, what it holds, how often it was hot, and what became of it.

    >>> may, october = date(2026, 5, 12), Window(date(2026, 10, 19), date(2026, 11, 15))
    >>> cluster_sentence(ClusterFacts("split", may, False, october, 5, 61, 18.2, 9, 13, parent_id="C-7F3K"))[:60]
    'Since 12 May 2026: 5 hexagons, with neighbours 61 incidents '
    >>> cluster_sentence(ClusterFacts("dormant", may, True, october, 1, 1, 0.2, 1, 13), "zh")
    '至少自2026年5月12日起，至2026年11月15日止：1个六边形，连同周边最后4周1起，按全市平均应有0.2起；13期中有1期为热点。此后未再出现，可能再来。'
    """
    values = {
        "since": day(facts.since, lang),
        "until": day(facts.last.last, lang),
        "hexagons": say("1 hexagon", lang) if facts.size == 1 else say("{cells} hexagons", lang, cells=facts.size),
        "incidents": say("1 incident", lang)
        if facts.incidents == 1
        else say("{count} incidents", lang, count=f"{facts.incidents:,}"),
        "length": window_words(facts.last.weeks, lang),
        "usual": say(_USUAL_SENTENCES[facts.lens], lang, expected=f"{facts.expected:,.1f}"),
        "hot": facts.hot_steps,
        "steps": facts.steps,
    }
    sentences = [say(_LIFE_SENTENCES[facts.state in SEEN, facts.from_start], lang, **values)]
    if facts.parent_id:
        sentences.append(say("Split from {parent}.", lang, parent=facts.parent_id))
    if facts.state == "reborn":
        sentences.append(
            say("Back after a period without it.", lang)
            if facts.missed == 1
            else say("Back after {periods} periods without it.", lang, periods=facts.missed)
        )
    if facts.state == "dormant":
        sentences.append(say("Not seen since; it may come back.", lang))
    if facts.state == "ended":
        sentences.append(say("Over since then.", lang))
    if facts.state == "merged":
        sentences.append(say("Grown into {other}.", lang, other=facts.merged_into))
    if facts.provisional:
        sentences.append(say("Seen once and not yet clear: it counts when the next period shows it too.", lang))
    return together(sentences, lang)
