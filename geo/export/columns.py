"""What the columns of the list mean, and how their values are said to a person."""

from __future__ import annotations

from geo import tables
from geo.maps.labels import category_name, kind_name, lens_name
from geo.words import numbers, say

COLUMN_SENTENCES = {
    "cell": "H3 index of the hexagon.",
    "lat": "Latitude of its centre, degrees, WGS-84.",
    "lon": "Longitude of its centre, degrees, WGS-84.",
    "category": 'Category that was counted; "all" counts them together.',
    "lens": "What was compared with: city, past, share or places.",
    "window_start": "First day of the window.",
    "window_end": "Last day of the window.",
    "incidents": "Incidents in the hexagon itself.",
    "ring_incidents": "Incidents in the hexagon and its neighbours.",
    "expected": "Incidents expected in the hexagon and its neighbours.",
    "ratio": "Incidents over expected, with neighbours; empty where there are too few to judge.",
    "ratio_low": "Lower end of the 90 % interval of the ratio.",
    "ratio_high": "Upper end of the 90 % interval of the ratio.",
    "p_value": "Chance of so many or more if nothing were unusual here.",
    "q_value": "The same, corrected for the number of places tested.",
    "hot": "More than expected, beyond chance, with neighbours.",
    "core": "Hot, and the hexagon's own count is high too.",
    "enough": "Enough reports to judge.",
    "gi_star": "Getis-Ord Gi*, for comparison with other software.",
    "place": "Named area or street, and what it is near.",
    "community": "Communities that the hexagon touches.",
    "market": "Markets that the hexagon touches.",
    "construction_site": "Construction sites that the hexagon touches.",
    "unit": "Who answers for it.",
    "assisting_units": "Who assists.",
    "contact": "Contact of the unit.",
    "top_category": "Most frequent category.",
    "open_reports": "Reports that are not closed.",
    "overdue_reports": "Open reports past their due date.",
    "oldest_open": "Day of the oldest open report.",
    "returned": "Incidents, with neighbours, that came back within 30 days of a closing at the same place.",
    "unowned": "Incidents, with neighbours, without a unit, in no area, or in areas that two units claim.",
    "cause": "What stands out beyond chance: relapse, backlog or nobody (no one answers for it); empty for none.",
    "due_at": "Day by which the place is to be put right.",
    "cluster_id": "Rank of the cluster of hot spots that it belongs to.",
    "reason": "The reasons in one sentence.",
    "label": "Pattern of its hot and cold periods, as Esri names it.",
    "planner_label": "What that means: new, coming back, chronic or past.",
    "trend_z": "Mann-Kendall score of incidents over expected, with neighbours: above 0 rising, below falling.",
    "trend_p": "Chance of such a trend if the order of the periods meant nothing.",
    "hot_steps": "Periods in which it was hot.",
    "steps": "Periods looked at.",
    "history": "One letter per period, the oldest first: h hot, c cold, . neither.",
    "closures": "Closed problems whose return was watched for.",
    "relapses": "Of these, followed by another problem within the days asked for.",
    "recent": "Relapses in the window.",
    "confirmed": "More relapses than expected, beyond chance.",
    "address": "What half of its reports and more name, where they agree.",
    "quick": "Reported again within 3 days of the closing: a suspected false closure.",
    "median_days": "Days from a closing to the return, the middle of those that returned.",
    "last_closed": "Day of the last closing.",
    "last_reported": "Day of the last report.",
    "is_open": "A problem is open there now.",
    "state": "What became of it.",
    "first_seen": "First day of the period in which it was first seen.",
    "last_seen": "Last day of the period in which it was last seen.",
    "cells": "H3 indices of its hexagons.",
    "size": "Number of its hexagons.",
    "peak": "Most incidents in one period.",
    "peak_start": "First day of that period.",
    "areas": "Areas that it touches.",
    "parent_id": "Cluster that it split from.",
    "merged_into": "Cluster that it became part of.",
    "alarm_id": "Name of the alarm, the same from look to look.",
    "start": "First day of the alarm.",
    "end": "Last day of the alarm.",
    "llr": "Logarithm of the likelihood ratio: how strong it is.",
    "recurrence_days": "Days of daily looks in which chance alone gives one so strong once; a century at the most.",
    "signal": "Rarer than once a year by chance.",
    "since": "Day on which it was first alarmed.",
    "area_id": "Index of the area.",
    "kind": "Kind of area.",
    "name": "Name of the area.",
    "resident": "Incidents that residents reported.",
    "patrol": "Incidents that patrols and inspections found.",
    "last_visit": "Last day with a report by a patrol or an inspection.",
    "days_since": "Days from then to the last day looked at.",
    "never": "No report by a patrol or an inspection in the window.",
    "blind": "Far fewer finds than in areas of its kind, beyond chance.",
    "parent": "Name of the area that it belongs to.",
    "forecast": "Incidents expected in the next 4 weeks if nothing is done.",
    "forecast_low": "Lower end of their 90 % interval.",
    "forecast_high": "Upper end of their 90 % interval.",
    "excess": "Forecast less expected.",
    "trend": "Excess less what it was 4 weeks ago; what moved the whole city is out of it.",
    "overdue": "Open problems past their due date.",
    "hot_cells": "Hot hexagons in it.",
    "hot_excess": "Incidents of 4 weeks beyond expectation in its hot hexagons.",
    "score": "The parts added up by their weights: incidents of 4 weeks, and each overdue problem as 1.",
    "rank": "Rank by score among areas of its kind, 1 the worst.",
    "rank_low": "Best rank that is still likely (90 % interval).",
    "rank_high": "Worst rank that is still likely (90 % interval).",
    "p_top": "Chance to be among the first so many.",
    "tier": "Tier: A first, B next, C the rest.",
    "moved": "Ranks gained in 4 weeks: + worse, - better; empty where it was not ranked.",
    "board": "Board: black (worst beyond luck), red (best beyond luck), or empty.",
    "key": "Index of the unit or area.",
    "by": "Unit, or kind of area.",
    "on_time_high": "Upper end of the 90 % interval of that share.",
    "indicator": "Code of the indicator.",
    "indicator_name": "Name of the indicator.",
    "standing": "Problems open on the last day.",
    "expected_problems": "Problems that a visitor would find on the day of the visit.",
    "points": "Points that the visit would cost.",
    "points_low": "Lower end of the 90 % interval of the points.",
    "points_high": "Upper end of the 90 % interval of the points.",
    "recoverable": "Points won back when all that is open today is put right.",
    "gain": "Incidents of the next 4 weeks that the target holds.",
    "cost": "Cost in team-days.",
    "chosen": "Chosen under the budget.",
    "wish": "Asked for by hand: must be visited, left out, or empty.",
    "team": "Team that comes, from 1.",
    "day": "Day on which it comes, from 1.",
    "stop": "Stop of that team's day, from 1.",
    "walk_m": "Metres from the stop before, beeline.",
}
"""English of what each column of the tables in `geo.tables` means; lists that mean something else by it say so in their
`Kind`."""

TECHNICAL = (
    *("lat", "lon", "category", "lens", "window_start", "window_end"),
    *("p_value", "q_value", "gi_star", "trend_z", "trend_p"),
)
"""Columns that scripts and statisticians read, and a reader does without: the reasons say what they come to."""

WORDS = ("label", "planner_label", "state", "cause", "board")
"""Columns of our own English words."""

STATE_SENTENCES = {
    "born": "born",
    "continued": "continued",
    "split": "split",
    "merged": "merged",
    "dormant": "dormant",
    "ended": "ended",
    "reborn": "reborn",
    "continuing": "continuing",
}
"""States of clusters and of alarms; `new` is a planner's word as well, and said with those."""

BOARD_SENTENCES = {"black": "black", "red": "red"}
WISH_SENTENCES = {"must": "must be visited", "never": "left out"}


def said(column: str, value: object, lang: str = "en") -> str:
    """Return a value of a column as a person reads it.

    >>> said("hot", True), said("ratio", 2.8049), said("p_value", 0.000114, "zh"), said("lens", "past")
    ('yes', '2.8', '约8,800分之一', 'Its own past')
    >>> from datetime import date
    >>> said("window_end", date(2026, 11, 15)), said("incidents", 1284), said("place", "east < west")
    ('2026-11-15', '1,284', 'east < west')
    >>> said("p_top", 0.62), said("moved", 3), said("board", "black", "zh"), said("wish", "never")
    ('62%', '+3', '黑榜', 'left out')
    """
    if isinstance(value, bool):
        return say("yes", lang) if value else say("no", lang)
    if isinstance(value, float):
        if column in ("p_value", "q_value", "trend_p"):
            return numbers.chance(value, lang)
        if column in _SHARES:
            return f"{value:.0%}"
        return numbers.ratio(value) if column.startswith("ratio") else f"{value:,.{_DECIMALS.get(column, 1)}f}"
    if isinstance(value, int):
        return f"{value:+,}" if column == "moved" and value else f"{value:,}"
    if column in ("category", "top_category") and isinstance(value, str):
        return say("all together", lang) if value == tables.ALL_CATEGORIES else category_name(value, lang)
    if column == "kind" or (column == "by" and value != "unit"):
        return kind_name(str(value), lang)
    if column == "wish":
        return say(WISH_SENTENCES.get(str(value), ""), lang)
    if column in (*WORDS, "by"):
        return say(str(value), lang)
    if column == "lens" and value in tables.LENSES:
        return lens_name(str(value), lang)
    return str(value)


_DECIMALS = {
    **{"lat": 5, "lon": 5, "gi_star": 2, "trend_z": 2, "llr": 2, "median_days": 0, "recurrence_days": 0},
    **{"points": 2, "points_low": 2, "points_high": 2, "recoverable": 2, "walk_m": 0},
}
_SHARES = ("p_top", "on_time_share", "on_time_low", "on_time_high", "failed_share")
