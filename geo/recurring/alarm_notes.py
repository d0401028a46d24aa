"""What to keep in mind when reading a list of alarms."""

from __future__ import annotations

from datetime import timedelta

from geo.grid.cube import EVERYTHING, Slice
from geo.grid.windows import Window
from geo.recurring.alarm_rows import Found
from geo.stats import scope
from geo.stats.alarms import YEAR_DAYS, within_a_year
from geo.stats.calendar import holidays_between
from geo.stats.caveats import changes_over
from geo.study import Study
from geo.words import Note, note
from geo.words.numbers import ratio as say_ratio
from geo.words.numbers import span as say_span

_USUAL = (0.8, 1.25)  # of the city's own rate: less or more is worth saying


def alarm_notes(
    study: Study, chosen: Slice, found: Found, every: int, model: str, *, again: int | None, lang: str = "en"
) -> tuple[Note, ...]:
    """Return the sentences that belong to a whole look: what it counts, what it cannot see, and what feigns an alarm.

    `again`: how many days back the look lies that was made again, None where an earlier list was given.
    """
    window, history = found.window, found.history
    past = Window(history.first, window.first - timedelta(days=1))
    notes = [_scans_note(found.scans, every), _model_note(model), _city_note(study, chosen, window, past)]
    if chosen != EVERYTHING:
        notes.append(
            note(
                "Only the scans of this question are counted: asking for one category, source or unit after another "
                "gives chance as many more tries."
            )
        )
    if history.days < found.asked.days:
        notes.append(
            note(
                "The records begin on {first}, so the days are compared with {days} days before them: too few to know "
                "every place's usual level well.",
                first=history.first,
                days=past.days,
            )
        )
    if again is not None:
        notes.append(
            note(
                "No earlier list was given: what is new was told from the look of {days} days before, made again.",
                days=again,
            )
            if again > 1
            else note("No earlier list was given: what is new was told from the look of the day before, made again.")
        )
    off = holidays_between(window.first, window.last, study.timezone, lang)
    notes += [
        note(
            "{holiday} ({span}) lies in these days: where people go then, more is reported.",
            holiday=holiday.name,
            span=say_span(holiday.first, holiday.last, lang),
        )
        for holiday in off
    ]
    _, changed = changes_over(study.cube, [past, window], chosen, lang)
    return (*(said for said in notes if said), *changed, *scope.edge_notes(study.cube, history))


def rounds_note(rounds: int, alarms: int) -> tuple[Note, ...]:
    """Say that many alarms are the work of those sent out to look; nothing where they are fewer than half."""
    if not rounds or 2 * rounds < alarms:
        return ()
    return (
        note(
            "{rounds} of {alarms} alarms come mostly from patrols or inspections, whose rounds are sudden and local by "
            "themselves. Ask for residents alone to see what is not.",
            rounds=rounds,
            alarms=alarms,
        ),
    )


def _scans_note(scans: int, every: int) -> Note:
    """Say what an alarm's rarity counts, and how often chance alone still gives a signal."""
    if scans == 0:
        return note("Too few incidents in these days for an alarm: 4 are the least.")
    share = f"{100 * within_a_year(YEAR_DAYS, every):.0f}"
    if scans == 1:
        return note(
            "How rare an alarm is counts every look. Once a year is a signal; within a year chance alone gives one "
            "with {share} %.",
            share=share,
        )
    return note(
        "How rare an alarm is counts all {scans} scans of a look, each category and all together, and every look. Once "
        "a year is a signal; within a year chance alone gives one with {share} %.",
        scans=scans,
        share=share,
    )


def _model_note(model: str) -> Note:
    if model == "expectation":
        return note(
            "Compared with each place's own past at its usual ups and downs by chance: shocks of a whole district, "
            "a rise of the whole city and a season set off alarms too."
        )
    return note(
        "An alarm is sudden and local: a rise in the whole city is none, of one category or of all. A move of people, "
        "a new estate, a fair or a shock to a district is one; whether it is a problem is seen on the spot."
    )


def _city_note(study: Study, chosen: Slice, window: Window, past: Window) -> Note | None:
    """Say how the whole city did, which the scan cannot see."""
    now, before = (float(study.cube.rows(span, chosen)["incidents"].sum()) for span in (window, past))
    if not before:
        return None
    usual = before * window.days / past.days
    values = {"incidents": f"{now:,.0f}", "days": window.days, "usual": f"{usual:,.0f}"}
    if _USUAL[0] <= now / usual <= _USUAL[1]:
        return note("The whole city: {incidents} incidents in {days} days, about as usual ({usual}).", **values)
    return note(
        "The whole city: {incidents} incidents in {days} days, {usual} usual, {times} times.",
        **values,
        times=say_ratio(now / usual),
    )
