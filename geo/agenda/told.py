"""What a list of what is put first has to tell in one line; its notes and cover sheet are those of every list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo.account import cover
from geo.agenda.choice import Choice
from geo.agenda.countdown import Countdown
from geo.agenda.priorities import Priorities
from geo.maps.labels import kind_name
from geo.planning.orders import WorkOrders, unit_name
from geo.recurring.listed import Listed
from geo.stats.episodes import HELD_DAYS
from geo.stats.question import Question
from geo.study import Study, unplaced
from geo.words import say, together
from geo.words.numbers import day, span

_FIRST = 3


def asked_of_ranking(ranked: Priorities, *, lang: str = "en") -> dict[str, str]:
    """Return how areas were ranked, as it stands on the cover sheet."""
    parts = ranked.weights.parts().items()
    return {
        say("Ranked", lang): kind_name(ranked.kind, lang),
        say("Half-life", lang): say("{weeks} weeks", lang, weeks=f"{ranked.half_life:g}"),
        say("Weights", lang): say(", ", lang).join(f"{say(name, lang)} {weight:g}" for name, weight in parts),
    }


def asked_of_choice(
    teams: int,
    days: int,
    cost: str,
    *,
    must: Sequence[str] = (),
    never: Sequence[str] = (),
    per_unit: int | None = None,
    near: str = "",
    along: str = "",
    reach: str = "",
    lang: str = "en",
) -> dict[str, str]:
    """Return what a choice was asked with, as it stands on the cover sheet; nothing of what was not asked for."""
    asked = {
        say("Budget", lang): say("{teams} teams, {days} days each", lang, teams=teams, days=days),
        say("Team-days per target", lang): cost,
        say("Must be visited", lang): say(", ", lang).join(must),
        say("Left out", lang): say(", ", lang).join(never),
        say("At most per unit", lang): "" if per_unit is None else str(per_unit),
        say("Near a point", lang): near,
        say("Along a line", lang): along,
        say("Reach in metres", lang): reach,
    }
    return {name: text for name, text in asked.items() if text}


def priorities_in_short(found: Priorities, *, lang: str = "en") -> str:
    """Say how the areas fall into tiers, which boards they stand on, and which come first."""
    table = found.table
    tiers, boards = table["tier"].value_counts(), table["board"].value_counts()
    return say(
        "Areas ranked: {areas}; tier A: {a}, B: {b}, C: {c}; black board: {black}, red board: {red}; first: {first}; "
        "{span}.",
        lang,
        areas=f"{len(table):,}",
        **{tier.lower(): f"{tiers.get(tier, 0):,}" for tier in "ABC"},
        **{board: f"{boards.get(board, 0):,}" for board in ("black", "red")},
        first=say(", ", lang).join(table["name"].head(_FIRST)) or "-",
        span=span(found.window.first, found.window.last, lang),
    )


def performance_in_short(found: Listed, *, lang: str = "en") -> str:
    """Say how much was closed on time, what is open, and what was reported again."""
    told = found.summary
    days = span(found.window.first, found.window.last, lang)
    open_now = say(
        "open: {open}, overdue: {overdue}",
        lang,
        open=_count(told["backlog"]),
        overdue=_count(told["overdue"]),
    )
    if not told["due"]:
        return say("Nothing was due; {open}; {span}.", lang, open=open_now, span=days)
    return say(
        "Closed on time: {on_time} of {due} due, {share}; {open}; reported again: {failed} of {checked} closings; "
        "{span}.",
        lang,
        on_time=_count(told["on_time"]),
        due=_count(told["due"]),
        share=f"{told['on_time_share']:.0%}",
        open=open_now,
        failed=_count(told["failed"]),
        checked=_count(told["checked"]),
        span=days,
    )


def losses_in_short(found: Listed, *, lang: str = "en") -> str:
    """Say how many points a visit would cost, and how many can still be won back."""
    told = found.summary
    said = say(
        "Expected loss: {points} points in {areas} areas; {recoverable} come back when all that is open today is put "
        "right.",
        lang,
        points=f"{told['points']:,.1f}",
        areas=f"{told['areas']:,}",
        recoverable=f"{told['recoverable']:,.1f}",
    )
    if not told["long_open"]:
        return said
    less = say(
        "Without the {n} problems open for more than {days} days: {points}, and {recoverable} come back.",
        lang,
        n=f"{told['long_open']:,}",
        days=f"{HELD_DAYS:.0f}",
        points=f"{told['points_without']:,.1f}",
        recoverable=f"{told['recoverable_without']:,.1f}",
    )
    return together([said, less], lang)


def days_in_short(found: Choice, *, lang: str = "en") -> list[str]:
    """Say of every team and day which targets are visited, in the order of the visits."""
    rows = found.table[found.table["chosen"]]
    return [
        say(
            "Team {team}, day {day}: {names}",
            lang,
            team=team,
            day=on,
            names=say(", ", lang).join(name or area for name, area in zip(own["name"], own["area_id"], strict=True)),
        )
        for (team, on), own in rows.groupby(["team", "day"])
    ]


def countdown_in_short(found: Countdown, *, lang: str = "en") -> str:
    """Say of every unit what it can still close in time, the most late first, after what holds of all."""
    left = [note.sentence(lang) for note in found.notes[:1]]
    return "\n".join([*left, *(f"{unit_name(row['unit'], lang)}: {row['reason']}" for row in found.table.to_dicts())])


def about_orders(
    study: Study, question: Question, orders: WorkOrders, *, asked: Mapping[str, str] | None = None, lang: str = "en"
) -> dict[str, str]:
    """Return what belongs on the cover sheet of work orders. `asked`: further settings, as they are said."""
    notes = [one.sentence(lang) for one in study.material.notes] + unplaced(study, lang)  # those of the orders stand by
    facts = cover(study, study.with_codes(question), orders.title, (), notes, lang)
    first = say("Question", lang)
    upto = {say("Days", lang): say("open on {day}", lang, day=day(orders.made_on, lang))}
    return {first: facts.pop(first), **(asked or {}), **facts, **upto}


def order_notes(study: Study, orders: WorkOrders, *, lang: str = "en") -> list[str]:
    """Return what to keep in mind when reading work orders."""
    return [n.sentence(lang) for n in (*study.material.notes, *orders.notes)] + unplaced(study, lang)


def order_figures(orders: WorkOrders) -> dict[str, Any]:
    """Return the numbers of work orders for a program."""
    return {
        "areas": len(orders.areas),
        "units": len(orders.units),
        "problems": orders.problems.height,
        "overdue": int(orders.problems["overdue"].sum()),
        "returned": int(orders.problems["returned"].fill_null(False).sum()),
        "made_on": orders.made_on,
        "deadline": orders.deadline,
    }


def orders_in_short(orders: WorkOrders, *, lang: str = "en") -> str:
    """Say how much is ordered of how many units, and by when."""
    figures = order_figures(orders)
    return say(
        "Work orders for {units} units: {problems} open problems in {areas} areas, {overdue} of them overdue; to be "
        "put right by {deadline}.",
        lang,
        **{name: f"{figures[name]:,}" for name in ("units", "problems", "areas", "overdue")},
        deadline=day(orders.deadline, lang),
    )


def _count(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"
