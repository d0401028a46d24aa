"""What is said of an area's priority, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.words import say

RANK_SENTENCES = {
    "A": "rank {rank} of {areas}, somewhere from {low} to {high}: almost certainly one of the first {top}",
    "B": "rank {rank} of {areas}, somewhere from {low} to {high}: probably one of the first {top}",
    "C": "rank {rank} of {areas}, somewhere from {low} to {high}",
}
FACT_SENTENCES = {
    "relapses": "came back: {count}",
    "overdue": "overdue: {count}",
    "hot_cells": "hot cells: {count}",
}
PART_SENTENCES = {
    "excess": "incidents beyond expectation",
    "trend": "rise since 4 weeks ago, the city's own taken out",
    "relapses": "problems that came back",
    "overdue": "overdue problems",
    "hot": "incidents beyond expectation in hot cells",
}
"""The parts of a score, by the names of `geo.planning.priority.Weights`."""


def reason_of(row: Mapping[str, Any], weighted: Mapping[str, float], top: int, areas: int, lang: str) -> str:
    """Say in one sentence what an area is forecast to hold, how sure its rank is, and what its score is made of.

    `row`: of `tables.PRIORITIES`, and whether it is `blind`; `weighted`: its parts times their weights, of those that
    have a weight. Where nothing at all is forecast, nothing was reported in any area, and no rank is named unless facts
    make one.
    """
    silent = not row["forecast"]
    clauses = [say("nothing that is counted here was reported", lang) if silent else _foretold(row, lang)]
    if row["score"] or not silent:
        clauses.append(_how_sure(row, top, areas, lang))
    if len(weighted) > 1 or "excess" not in weighted:
        main = max(weighted, key=lambda name: weighted[name])
        if weighted[main] > 0:
            clauses.append(say("what weighs most: {part}", lang, part=say(PART_SENTENCES[main], lang)))
    clauses += [say(text, lang, count=f"{row[name]:,}") for name, text in FACT_SENTENCES.items() if row[name]]
    if row["blind"]:
        clauses.append(say("patrols found little here beside its kind, so a low rank may mean few visits", lang))
    if not row["enough"] and not silent:
        clauses.append(say("few incidents to go by, so this is mostly what is usual around it", lang))
    return ("；" if lang == "zh" else "; ").join(clauses) + ("。" if lang == "zh" else ".")


def _foretold(row: Mapping[str, Any], lang: str) -> str:
    return say(
        "{forecast} incidents forecast for the next 4 weeks ({low} to {high}), {expected} were it like its kind",
        lang,
        forecast=_amount(row["forecast"]),
        low=f"{row['forecast_low']:,.0f}",
        high=f"{row['forecast_high']:,.0f}",
        expected=_amount(row["expected"]),
    )


def _how_sure(row: Mapping[str, Any], top: int, areas: int, lang: str) -> str:
    """Say how sure the rank is: in the words of its tier, and by its bounds."""
    if row["rank_low"] == row["rank_high"]:
        return say("rank {rank} of {areas}", lang, rank=row["rank"], areas=areas)
    text = RANK_SENTENCES[row["tier"]]
    return say(text, lang, rank=row["rank"], areas=areas, low=row["rank_low"], high=row["rank_high"], top=top)


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
