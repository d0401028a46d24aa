"""Why problems pile up at a place: the three causes beside the city, and the leading one in words."""

from __future__ import annotations

from geo.recurring.causes import Reading, WhyHere
from geo.words import say

LEAD_SENTENCES = {
    "relapse": "What stands out: problems that were closed and came back.",
    "backlog": "What stands out: reports left open.",
    "nobody": "What stands out: problems that nobody clearly answers for.",
}
NAME_SENTENCES = {"relapse": "Came back", "backlog": "Still open", "nobody": "Nobody's"}


def why_lines(why: WhyHere, lang: str) -> list[tuple[str, str]]:
    """Return each cause by name with what is known of it, how much is new at the place, and what the rest is."""
    lines = [(say(NAME_SENTENCES[reading.cause], lang), reading_words(reading, why, lang)) for reading in why.readings]
    if why.incidents:
        counted = {"number": f"{why.new:,}", "of": f"{why.incidents:,}"}
        new = say("{number} of {of} incidents, the first of their category there in all records", lang, **counted)
        lines.append((say("New at the place", lang), new))
        if why.new < why.incidents and any(reading.cause == "relapse" for reading in why.readings):
            rest = say("of a category known there: while it was open, or not within 30 days of its closing", lang)
            lines.append((say("The others", lang), rest))
    return lines


def lead_words(why: WhyHere, lang: str) -> str:
    """Say the leading cause, or that there is none; nothing of a place that is not judged."""
    if not why.judged:
        return ""
    if why.leading:
        return say(LEAD_SENTENCES[why.leading], lang)
    if not any(reading.enough for reading in why.readings):
        return say("Too few reports to tell why.", lang)
    return say("No single cause stands out from the city.", lang)


def reading_words(reading: Reading, why: WhyHere, lang: str) -> str:
    """Say one cause: how many of how many, the share, and the city's."""
    counted = {
        "number": f"{reading.number:,}",
        "of": f"{reading.of:,}",
        "share": f"{reading.share:.0%}",
        "city": f"{reading.city_share:.0%}",
    }
    if reading.cause == "relapse":
        words = say("{number} of {of} incidents ({share}); at places as busy in the city {city}", lang, **counted)
    elif reading.cause == "backlog":
        words = say("{number} of {of} reports ({share}); in the city {city}", lang, **counted)
        if reading.number:
            more = {"overdue": f"{why.overdue:,}", "old": f"{why.old:,}"}
            words += say("; {overdue} overdue, {old} older than 30 days", lang, **more)
    else:
        words = say("{number} of {of} incidents ({share}); in the city {city}", lang, **counted)
    if why.judged and not reading.enough:
        return say("{facts}: too few to tell", lang, facts=words)
    return say("{facts}: beyond chance", lang, facts=words) if reading.beyond else words
