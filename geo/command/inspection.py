"""`inspection`: a mock inspection: places drawn by a seed, the form to fill in, and what it says filled in."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from geo.command.options import Areas, MappingFile, Talk, check_number, pairs
from geo.command.telling import print_object, say_aside
from geo.errors import BadList, RefusedQuestion
from geo.words import say


def inspection(
    *,
    areas: Areas,
    draw: Annotated[
        list[str], typer.Option("--draw", help="KIND=NUMBER, for example market=5; several may follow.")
    ] = [],  # noqa: B006 (typer copies it)
    out: Annotated[Path | None, typer.Option("--out", help="The form to fill in (.xlsx).")] = None,
    filled: Annotated[
        Path | None,
        typer.Option("--filled", help="The form filled in: read back and scored; same areas, draw and seed."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another draw.")] = 1,
    scorecard: Annotated[
        Path | None,
        typer.Option("--scorecard", help="TOML file of indicators and deductions; an example unless given."),
    ] = None,
    mapping: MappingFile = None,
    talk: Talk,
) -> None:
    """Draw places for a mock inspection and write its form, or score the form when it comes back."""
    import polars as pl

    from geo.export.inspection_form import column_words, of_another_draw, read_form, write_form
    from geo.intake.areas import combine_layers, read_area_layer
    from geo.intake.mapping import load_mapping
    from geo.intake.themes import all_themes
    from geo.planning.inspection import draw_points, score_visit
    from geo.planning.scorecard import example, read_scorecard

    started, lang = time.perf_counter(), talk.lang
    talk.check()
    check_number("seed", seed, 0, 2**32 - 1)
    if filled is not None and not draw:
        raise RefusedQuestion(
            "With --filled, repeat the --draw and --seed of the form: a place deleted from it would not be missed else."
        )
    wanted = numbers_of(draw)
    if (out is None) == (filled is None):
        raise RefusedQuestion("Write a form with --out, or score one with --filled: one of the two.")
    if out is not None and out.suffix.lower() != ".xlsx":
        raise BadList('A form cannot be written as "{file}". Let its name end in .xlsx.', file=out.name)
    settings = load_mapping(mapping)
    there = combine_layers([read_area_layer(path, kind, mapping=settings) for kind, path in pairs(areas)]).areas
    card = example() if scorecard is None else read_scorecard(scorecard, themes=all_themes(settings.themes))
    at = there.geometry.representative_point()
    texts = {
        name: [text if isinstance(text, str) else "" for text in there[name]]
        for name in ("area_id", "kind", "name", "unit")
    }
    points = draw_points(pl.DataFrame({**texts, "lat": at.y.to_list(), "lon": at.x.to_list()}), wanted, seed)
    if out is not None:
        write_form(points, card, out, lang=lang, about={say("Seed", lang): str(seed)})
        for note in card.caution:
            say_aside(note.sentence(lang))
        if talk.as_json:
            print_object({"places": points.height, "drawn": points["area_id"].to_list(), "seed": seed}, started)
        else:
            print(say("Places drawn: {names}.", lang, names=say(", ", lang).join(points["name"])))
        return
    assert filled is not None
    back = read_form(filled, points, card)
    if of_another_draw(back, points, card):
        raise RefusedQuestion(
            "{file} does not hold the places of this draw. Repeat --draw, --seed, --areas and --scorecard of the form; "
            "its second sheet names the seed.",
            file=filled.name,
        )
    visit = score_visit(points, back.results, card)
    for note in visit.notes:
        say_aside(note.sentence(lang))
    if talk.as_json:
        told = {name: getattr(visit, name).to_dicts() for name in ("kinds", "units", "places")}
        print_object({"points": visit.total, **told, "faults": back.faults.to_dicts()}, started)
        return
    for fault in back.faults.to_dicts():
        where = (
            filled.name if fault["row"] is None else say("{file} row {row}", lang, file=filled.name, row=fault["row"])
        )
        print(
            say(
                "Fault: {text}",
                lang,
                text=": ".join(filter(None, (where, column_words(fault["column"], lang), say(fault["reason"], lang)))),
            )
        )
    for row in visit.units.to_dicts():
        print(f"{row['unit'] or say('No unit named', lang)}: {row['points']:.1f}")
    if visit.total is None:
        print(say("No place is filled in: no estimate.", lang))
    else:
        print(say("{points} points lost", lang, points=f"{visit.total:.1f}"))


def numbers_of(draw: Sequence[str]) -> dict[str, int]:
    """Return how many places of each kind are to be drawn. Raises RefusedQuestion for anything but KIND=NUMBER.

    >>> numbers_of(["market=5", "community=10"])
    {'market': 5, 'community': 10}
    """
    wanted = {}
    for text in draw:
        kind, _, number = text.partition("=")
        if not (kind and number.isdecimal()):
            raise RefusedQuestion('--draw cannot be "{text}". Write KIND=NUMBER, for example market=5.', text=text)
        wanted[kind] = int(number)
    return wanted
