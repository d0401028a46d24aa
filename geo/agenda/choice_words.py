"""What is said of a choice: why each target is in or out, and what to keep in mind about the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from geo.planning.choice import Chosen
from geo.planning.packing import SLACK
from geo.words import Note, note, say, together

_LEAST_SHARE = 0.0005
"""Shortfall that is said as none."""
_LITTLE_NEW = 0.5
"""Part of what a target reaches, below which that is said as lying in others that were chosen."""


@dataclass(frozen=True)
class Rules:
    """What was asked for."""

    teams: int
    days: int
    per_unit: int | None
    reach_m: float
    seconds: float
    listed: int  # areas in the ranked list, offered or not
    total: float  # incidents expected in all of it, or in the city where there is a reach
    overlapping: int  # pairs of areas that overlap by more than a sliver


def amount(value: float) -> str:
    """Say expected incidents.

    >>> amount(1234.5), amount(3.46)
    ('1,234', '3.5')
    """
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def team_days(cost: float, lang: str) -> str:
    """Say a cost.

    >>> team_days(1.0, "en"), team_days(0.5, "zh")
    ('1 team-day', '0.5个工日')
    """
    return say("1 team-day", lang) if cost == 1 else say("{days} team-days", lang, days=f"{cost:g}")


def reason(row: dict[str, Any], rules: Rules, taken: Mapping[str, int], lang: str) -> str:
    """Say in one or two sentences why a target is in or out. `taken`: how many of each unit are in."""
    numbers = {"gain": amount(row["gain"]), "cost": team_days(row["cost"], lang)}
    if rules.reach_m > 0:
        holds = say(
            "{gain} incidents expected in it and within {metres} m in the next 4 weeks for {cost}",
            lang,
            metres=f"{rules.reach_m:g}",
            **numbers,
        )
    else:
        holds = say("{gain} incidents expected in the next 4 weeks for {cost}", lang, **numbers)
    if not row["chosen"]:
        return _out(row, rules, taken, holds, lang)
    if row["team"] is None:
        where = say("Chosen, but no single team has time left for it: {holds}.", lang, holds=holds)
    elif row["last_day"] > row["day"]:
        where = say(
            "Team {team}, days {day} to {last}: {holds}.",
            lang,
            team=row["team"],
            day=row["day"],
            last=row["last_day"],
            holds=holds,
        )
    else:
        where = say("Team {team}, day {day}: {holds}.", lang, team=row["team"], day=row["day"], holds=holds)
    return together([where, say("Included as asked.", lang)], lang) if row["wish"] == "must" else where


def _out(row: dict[str, Any], rules: Rules, taken: Mapping[str, int], holds: str, lang: str) -> str:
    if row["wish"] == "never":
        return say("Left out as asked: {holds}.", lang, holds=holds)
    if row["too_long"]:
        return say(
            "Too much for one team in its {days} days: {holds}. Split it to have it chosen.",
            lang,
            days=rules.days,
            holds=holds,
        )
    if rules.per_unit is not None and taken.get(row["unit"], 0) >= rules.per_unit:
        return say("Its unit has as many targets as it may: {holds}.", lang, holds=holds)
    if row["added"] < _LITTLE_NEW * row["gain"]:
        return say(
            "Most of what it reaches, the chosen targets reach: it would add {added}. {holds}.",
            lang,
            added=amount(row["added"]),
            holds=holds,
        )
    return say("Beyond the budget: {holds}.", lang, holds=holds)


def notes(table: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, found: Chosen, rules: Rules, below: int) -> tuple[Note, ...]:
    """Return what to keep in mind when reading a choice. `below`: how many of the chosen hold less than expected."""
    said = [_covered(table, found, rules), *_how_good(found, rules)]
    if below:
        said.append(
            note(
                "{n} of the {chosen} chosen hold less than expected for their kind: large ones, or asked for. Give "
                "large ones a higher cost if they take a team longer.",
                n=f"{below:,}",
                chosen=f"{int(found.picked.sum()):,}",
            )
        )
    if len(table) < rules.listed:
        said.append(
            note(
                "Offered: {offered} of {listed} targets, those near the place or line asked for; the share is of all.",
                offered=f"{len(table):,}",
                listed=f"{rules.listed:,}",
            )
        )
    said += _fitting(table, found, rules)
    if rules.overlapping:
        said.append(
            note(
                "Areas of this kind overlap in {pairs} places: what lies in two of them counts once, and one of them "
                "may be left out because the other is in.",
                pairs=f"{rules.overlapping:,}",
            )
        )
    said.append(
        note(
            "The choice goes by the incidents expected, not by the score, so that shares add up. How many of them work "
            "on the spot prevents is not known."
        )
    )
    if len(ways):
        said.append(note("Ways are beelines and begin at each team's first target; real ones are longer."))
    return tuple(said)


def _covered(table: gpd.GeoDataFrame, found: Chosen, rules: Rules) -> Note:
    numbers = {
        "targets": f"{int(found.picked.sum()):,}",
        "covered": amount(found.covered),
        "total": amount(rules.total),
        "share": _percent(found.covered, rules.total),
    }
    if not found.picked.any():
        return note("No target can be done with these teams and days. Add days, or lower the cost of targets.")
    if rules.reach_m > 0:
        return note(
            "Targets chosen: {targets}. They and what lies within {metres} m of them hold {covered} of the {total} "
            "incidents expected in the city in the next 4 weeks, {share} %.",
            metres=f"{rules.reach_m:g}",
            **numbers,
        )
    return note(
        "Targets chosen: {targets}. They hold {covered} of the {total} incidents expected in the areas of the list in "
        "the next 4 weeks, {share} %.",
        **numbers,
    )


def _how_good(found: Chosen, rules: Rules) -> list[Note]:
    """Return whether it is the best, what one team more would add, and what a greedy pick would miss."""
    if not found.picked.any():
        return []
    if found.optimal:
        said = [note("No choice under these rules holds more; that is proven.")]
    else:
        said = [
            note(
                "The search ended after {seconds} s: whether this is the best choice is not proven. None holds more "
                "than {bound}, {gap} % of it beyond this one.",
                seconds=f"{rules.seconds:g}",
                bound=amount(found.bound),
                gap=f"{100 * found.gap:.2f}",
            )
        ]
    added, share = amount(found.next_team_gain or 0.0), _percent(found.next_team_gain or 0.0, rules.total)
    said.append(
        note("One team more would add nothing.")
        if found.next_optimal and not found.next_team_gain
        else note("One team more would add {added}, {share} %.", added=added, share=share)
        if found.next_optimal
        else note("One team more would add {added}, {share} %, or more: the search ended.", added=added, share=share)
    )
    if found.greedy_shortfall >= _LEAST_SHARE:
        said.append(
            note(
                "Taking one after the other what adds most per team-day would miss {share} % of what this choice "
                "holds.",
                share=f"{100 * found.greedy_shortfall:.1f}",
            )
        )
    else:
        said.append(note("Taking one after the other what adds most per team-day would do as well here."))
    return said


def _fitting(table: gpd.GeoDataFrame, found: Chosen, rules: Rules) -> list[Note]:
    """Return what to say of work that does not fill the days of the teams exactly."""
    said, left = [], rules.teams * rules.days - found.team_days
    without = table[table["chosen"] & table["team"].isna()]["name"].tolist()
    if without:
        said.append(
            note(
                "The costs do not share out among the teams: no single team has time left for {targets}. Let two teams "
                "share it, or change a cost.",
                targets=", ".join(map(str, without)),
            )
        )
    if found.picked.any() and left > SLACK:
        said.append(note("Team-days left over: {left}.", left=f"{left:g}"))
    return said


def summary(table: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, found: Chosen, rules: Rules) -> dict[str, Any]:
    """Return the numbers of a choice in short."""
    total = rules.total or 1.0
    return {
        "targets": len(table),
        "listed": rules.listed,
        "chosen": int(found.picked.sum()),
        "teams": rules.teams,
        "days": rules.days,
        "team_days": found.team_days,
        "expected": rules.total,
        "covered": found.covered,
        "covered_share": found.covered / total,
        "optimal": found.optimal,
        "bound": found.bound,
        "gap": found.gap,
        "next_team": found.next_team_gain,
        "next_team_share": (found.next_team_gain or 0.0) / total,
        "next_team_proven": found.next_optimal,
        "greedy": found.greedy_covered,
        "greedy_shortfall": found.greedy_shortfall,
        "without_team": int((table["chosen"] & table["team"].isna()).sum()),
        "too_long": int(found.too_long.sum()),
        "metres": float(ways["metres"].sum()),
    }


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}" if whole > 0 else "0"
