"""What things are called on the screen: classes, kinds, lenses, views, categories, sources, statuses, filters.

Names of places are data and stay as they are.
"""

from __future__ import annotations

from geo.intake import categories
from geo.stats.sources import source_words
from geo.tables import UNKNOWN_CATEGORY
from geo.words import say


def category_name(code: str | None, lang: str) -> str:
    """Return the name of a category; what no table knows is the city's own word.

    >>> category_name("S09005", "zh"), category_name(None, "en")
    ('店外经营', '')
    """
    if not isinstance(code, str) or not code:
        return ""
    if code == UNKNOWN_CATEGORY:
        return say("Unknown category", lang)
    return categories.category_name(code, lang)


def source_name(source: str, lang: str) -> str:
    """Return who saw it.

    >>> source_name("patrol", "en")
    'Grid patrol'
    """
    return source_words(source).sentence(lang)


def status_name(status: str, lang: str) -> str:
    """Return whether a report is settled."""
    return {"open": say("Open", lang), "closed": say("Closed", lang)}.get(status, status)


def filter_name(field: str, lang: str) -> str:
    """Return what a filter is called in the sidebar."""
    return {
        "categories": say("Categories", lang),
        "sources": say("Sources", lang),
        "statuses": say("Status", lang),
        "units": say("Unit", lang),
        "areas": say("Areas", lang),
    }[field]


def class_name(core: bool, hot: bool, enough: bool, lang: str) -> str:
    """Return the word for a cell's class.

    >>> class_name(False, True, True, "en"), class_name(False, False, False, "en")
    ('Hot spot', 'Too few reports')
    """
    if core:
        return say("Core hot spot", lang)
    if hot:
        return say("Hot spot", lang)
    return say("As expected", lang) if enough else say("Too few reports", lang)


def kind_name(kind: str, lang: str) -> str:
    """Return the word for a kind of area; a kind the user added is its own name."""
    known = {
        "district": say("District", lang),
        "street_office": say("Street office", lang),
        "community": say("Community", lang),
        "estate": say("Estate", lang),
        "market": say("Market", lang),
        "construction_site": say("Construction site", lang),
        "street": say("Street", lang),
        "old_estate": say("Old estate", lang),
        "urban_village": say("Urban village", lang),
        "toilet": say("Public toilet", lang),
        "transfer_station": say("Waste transfer station", lang),
        "school": say("School", lang),
        "assessment_point": say("Assessment point", lang),
    }
    return known.get(kind, kind.replace("_", " "))


def export_name(export: str, lang: str) -> str:
    """Return what a recognised export is called; those of single cities are their own names.

    >>> export_name("undercover inspection", "zh"), export_name("Boston 311", "zh")
    ('暗访', 'Boston 311')
    """
    return {
        "12345 hotline": say("12345 hotline", lang),
        "数字城管 grid patrol": say("数字城管 grid patrol", lang),
        "undercover inspection": say("undercover inspection", lang),
        "Hexward reports": say("Hexward reports", lang),
    }.get(export, export)


def view_name(view: str, lang: str) -> str:
    """Return the word for a view of the map."""
    return {
        "hot": say("Hot spots", lang),
        "count": say("Incidents", lang),
        "ratio": say("Ratio", lang),
        "change": say("Change", lang),
    }[view]


def lens_name(lens: str, lang: str) -> str:
    """Return what a lens compares with."""
    return {
        "city": say("City average", lang),
        "past": say("Its own past", lang),
        "share": say("The city's mix", lang),
        "places": say("People or streets", lang),
    }[lens]
