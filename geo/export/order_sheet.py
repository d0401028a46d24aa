"""A unit's work order on paper: map, responsibility list, problem list, and who signs for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from geo.export.blocks import Blanks, Block, Facts, Group, Heading, Marked, Picture, Sheet, Table, Words
from geo.export.order_columns import came_back_rule, deadline_rule
from geo.export.order_map import map_size, sign_of, state_name
from geo.export.print_text import one_line
from geo.maps.labels import category_name, kind_name
from geo.planning.orders import WorkOrders, unit_name
from geo.words import numbers, say

_MOST_EVIDENCE = 2  # numbers of reports in a cell; all of them stand in the workbook
_MOST_PROBLEMS = 200  # on paper, some 14 pages


def order_sheet(
    orders: WorkOrders,
    unit: str,
    *,
    picture: bytes,
    lang: str = "en",
    about: Mapping[str, str] | None = None,
) -> Sheet:
    """Return what the printed order of a unit says. `picture`: its `order_map`; `about`: what was asked, by name."""
    duties, problems = orders.responsibilities_of(unit), orders.problems_of(unit)
    number = orders.order_id(unit)
    name = unit_name(unit, lang)
    blocks: list[Block] = [
        Facts(_facts(orders, duties, problems, number, lang)),
        Picture(
            picture,
            map_size(orders, unit)[1],
            say("Map of the areas of {unit}, with what is to be put right.", lang, unit=name),
        ),
    ]
    if away := problems["lat"].null_count():
        blocks.append(Words((_away(away, lang),)))
    blocks += [Heading(say("Responsibility list", lang)), _responsibilities(duties, lang)]
    blocks.append(Heading(say("Problem list", lang)))
    if problems.is_empty():
        blocks.append(Words((_nothing(orders, duties, lang),)))
    elif problems.height > _MOST_PROBLEMS:
        blocks += [Words((_cut(problems.height, lang),)), _problems(duties, problems, lang)]
    else:
        blocks.append(_problems(duties, problems, lang))
    blocks += [Heading(say("Keep in mind", lang)), Words(_notes(orders, lang), mark="•", small=True)]
    blocks.append(Blanks((say("Received by", lang), say("Rectified on", lang), say("Checked by", lang))))
    if asked := _asked(orders, about or {}, lang):
        blocks.append(Words((asked,), small=True))
    return Sheet(
        over=orders.title,
        title=say("Work order: {unit}", lang, unit=name),
        foot=" | ".join((number, name, _data_stamp(orders, lang))),
        made_on=orders.made_on,
        lang=lang,
        blocks=tuple(blocks),
    )


def _facts(
    orders: WorkOrders, duties: pl.DataFrame, problems: pl.DataFrame, number: str, lang: str
) -> tuple[tuple[str, str], ...]:
    left = (orders.deadline - orders.made_on).days
    contacts = "; ".join(duties["contact"].drop_nulls().unique(maintain_order=True))
    overdue, returned = int(problems["overdue"].sum()), int(problems["returned"].sum())
    to_do = say("{problems} (overdue {overdue}, came back {returned})", lang, problems=f"{problems.height:,}",
                overdue=f"{overdue:,}", returned=f"{returned:,}")  # fmt: skip
    days = say("{days} days from {day}", lang, days=left, day=numbers.day(orders.made_on, lang))
    return (
        (say("Order number", lang), number),
        (say("Deadline", lang), numbers.day(orders.deadline, lang)),
        (say("Lead unit", lang), unit_name(duties["unit"][0], lang)),
        (say("Days left", lang), days),
        (say("Contact", lang), contacts or "–"),
        (say("Problems", lang), to_do),
    )


def _responsibilities(duties: pl.DataFrame, lang: str) -> Table:
    """Return who answers for which area; without the contacts where there are none, which leaves room for the rest."""
    contacts = 24.0 if duties["contact"].drop_nulls().len() else 0.0  # no column where none is known
    columns = [
        ("", 7.0, [str(at) for at in range(1, duties.height + 1)]),
        (say("Area", lang), 27.0, [_area(row, lang, "\n") for row in duties.iter_rows(named=True)]),
        (say("Unit of the area", lang), 25.0, [unit_name(lead, lang) for lead in duties["lead"]]),
        (
            say("Assisting units", lang),
            25.0 if contacts else 37.0,
            [_joined(units, lang) for units in duties["assisting_units"]],
        ),
        (say("Contact", lang), contacts, [contact or "" for contact in duties["contact"]]),
        (say("Deadline", lang), 19.0, [day.isoformat() for day in duties["deadline"]]),
        (say("Problems", lang), 18.0, [f"{count:,}" for count in duties["problems"]]),
        (say("What to do", lang), 33.0 if contacts else 45.0, [measure or "" for measure in duties["measure"]]),
    ]
    heads, widths, cells = zip(*(column for column in columns if column[1]), strict=True)
    return Table(heads, widths, tuple(zip(*cells, strict=True)), frozenset({0, len(heads) - 2}))


def _problems(duties: pl.DataFrame, problems: pl.DataFrame, lang: str) -> Table:
    heads = ("", say("Problem number", lang), say("Place", lang), say("Category", lang), say("Reported on", lang),
             say("Deadline", lang), say("State", lang), say("Report numbers", lang))  # fmt: skip
    places = {row["area_id"]: (at, row) for at, row in enumerate(duties.iter_rows(named=True), start=1)}
    rows: list[tuple[str | Marked, ...] | Group] = []
    last = None
    numbered = problems.with_row_index("listed", offset=1)  # as in the workbook, also where some are left out
    first = numbered.sort(~pl.col("overdue"), "listed").head(_MOST_PROBLEMS).sort("listed")
    for row in first.iter_rows(named=True):
        if row["area_id"] != last:
            last = row["area_id"]
            at, duty = places[last]
            rows.append(Group(f"{at}. {_area(duty, lang)}"))
        rows.append(_problem(row["listed"], row, lang))
    return Table(heads, (8, 22, 35, 21, 19, 19, 21, 33), tuple(rows), frozenset({0}))


def _problem(at: int, row: Mapping[str, Any], lang: str) -> tuple[str | Marked, ...]:
    sign = sign_of(row["overdue"], row["returned"])
    state = state_name(sign, lang)
    if row["overdue"] and row["returned"]:
        state = say("Overdue, came back", lang)
    where = "" if row["lat"] is None else f"{row['lat']:.5f}, {row['lon']:.5f}"
    return (
        str(at),
        row["target_id"],
        "\n".join(filter(None, (one_line(row["place"] or ""), where))),
        category_name(row["category"], lang) or "–",
        row["reported_at"].isoformat() if row["reported_at"] else "",
        row["deadline"].isoformat(),
        Marked(sign.glyph, sign.colour, state),
        _evidence(row["evidence"], lang),
    )


def _area(row: Mapping[str, Any], lang: str, between: str = " | ") -> str:
    """Return name, kind and tier of an area.

    >>> _area({"area": "East Lake", "kind": "market", "tier": "A"}, "en")
    'East Lake | Market, tier A'
    """
    name, kind = one_line(row["area"] or row["area_id"]), kind_name(row["kind"], lang)
    told = say("{kind}, tier {tier}", lang, kind=kind, tier=row["tier"]) if row["tier"] else kind
    return f"{name}{between}{told}"


def _joined(units: str | None, lang: str) -> str:
    return (units or "").replace(";", "；" if lang == "zh" else "; ")


def _evidence(text: str | None, lang: str) -> str:
    """Return the numbers of the reports, one to a line; where there are many, the first and how many more.

    >>> _evidence("a1;a2", "en"), _evidence("a;b;c;d", "en")
    ('a1\\na2', 'a\\nb\\nand 2 more')
    """
    found = [one_line(number) for number in (text or "").split(";") if number]
    more = len(found) - _MOST_EVIDENCE
    told = [say("and {count} more", lang, count=more)] if more > 0 else []
    return "\n".join((*found[:_MOST_EVIDENCE], *told))


def _away(count: int, lang: str) -> str:
    if count == 1:
        return say("1 problem has no coordinates and is not on the map.", lang)
    return say("{count} problems have no coordinates and are not on the map.", lang, count=f"{count:,}")


def _nothing(orders: WorkOrders, duties: pl.DataFrame, lang: str) -> str:
    """Say that a unit has no problem here, and how many others have."""
    others = orders.problems.filter(pl.col("area_id").is_in(duties["area_id"].to_list())).height
    if not others:
        return say("Nothing is open in these areas.", lang)
    return say("This unit has no problem of its own here; other units have {n} in these areas.", lang, n=f"{others:,}")


def _cut(count: int, lang: str) -> str:
    return say(
        "Printed are {most} of {count} problems, overdue ones first; all of them are in the workbook.",
        lang,
        most=_MOST_PROBLEMS,
        count=f"{count:,}",
    )


def _data_stamp(orders: WorkOrders, lang: str) -> str:
    return say("Data up to {day}", lang, day=numbers.day(orders.made_on, lang))


def _notes(orders: WorkOrders, lang: str) -> tuple[str, ...]:
    """Return what to keep in mind: what the makers of the order say, and how its words are meant."""
    meant = {say("Deadline", lang): deadline_rule(lang), say("Came back", lang): came_back_rule(lang)}
    return (*(note.sentence(lang) for note in orders.notes), *(_told(*pair, lang) for pair in meant.items()))


def _asked(orders: WorkOrders, about: Mapping[str, str], lang: str) -> str:
    """Return in one paragraph what was asked of which files; what is to be kept in mind of it is in the workbook."""
    notes = say("Keep in mind", lang)
    said = {name: text for name, text in about.items() if text not in ("", orders.title)}
    told = [_told(name, text, lang) for name, text in said.items() if not name.startswith(notes)]
    return " | ".join(told)


def _told(name: str, text: str, lang: str) -> str:
    return f"{name}{'：' if lang == 'zh' else ': '}{text}"
