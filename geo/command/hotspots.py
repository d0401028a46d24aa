"""`hotspots`: where problems concentrate beyond chance, as a list, a layer or a map."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from geo.command.options import Category, EachCategory, Exposure, Files, Per, Talk, Timezone, Window, check_choice, day
from geo.command.telling import print_object, progress, say_aside
from geo.errors import RefusedQuestion

MAP = ".html"


@dataclass(frozen=True, kw_only=True)
class MapFiles(Files):
    """Files of a verb that draws a map as well."""

    out: Annotated[
        Path,
        typer.Option(
            "--out", help="Where to: .xlsx, .csv, .gpkg, .geojson, .kml, .zip for a Shapefile, .html for a map."
        ),
    ]


def hotspots(
    *,
    files: MapFiles,
    window: Window = "auto",
    until: Annotated[
        str | None, typer.Option("--until", help="Last day of the window; the last day with a report unless given.")
    ] = None,
    lens: Annotated[str, typer.Option("--lens", help="city, past, share or places.")] = "city",
    exposure: Exposure = [],  # noqa: B006 (typer copies it)
    per: Per = "",
    min_ratio: Annotated[float | None, typer.Option("--min-ratio", help="What must be exceeded beyond chance.")] = None,
    category: Category = [],  # noqa: B006
    each_category: EachCategory = False,
    only: Annotated[
        str | None, typer.Option("--only", help="hot (the map) or core (the campaign list); every cell unless given.")
    ] = None,
    due: Annotated[
        str | None, typer.Option("--due", help="Date by which the listed places are to be put right.")
    ] = None,
    timezone: Timezone = None,
    talk: Talk,
) -> None:
    """Find hot spots and write them as a list, a layer or a map."""
    from geo import account
    from geo import study as studies
    from geo.command.opening import open_city
    from geo.export import lists

    started = time.perf_counter()
    talk.check()
    if only is not None:
        check_choice("only", only, ("hot", "core"))
    as_map = lists.check_target(files.out, more=(MAP,)) == MAP
    if as_map and each_category:
        raise RefusedQuestion("A map shows one answer. Leave out --each-category, or write a list.")
    question = studies.Question(
        window=window,
        until=day("until", until),
        lens=lens,
        categories=tuple(category),
        min_ratio=min_ratio,
        each_category=each_category,
        due=day("due", due),
        per=per,
    )
    with progress(talk.lang) as tell:
        study = open_city(files, question, timezone=timezone, exposure=exposure, tell=tell)
        tell("Testing every cell", 0.95)
        answer = studies.ask(study, question, lang=talk.lang)
        tell("Writing the list", 0.98)
        if as_map:
            from geo import sheet  # folium takes its time

            scene = sheet.map_scene(study, answer, lang=talk.lang, which=only or "all")
            lists.write_html(sheet.map_page(study, answer, scene), files.out)
        else:
            about = account.about(study, answer, lang=talk.lang)
            lists.write_list(answer.only(only or "all"), files.out, lang=talk.lang, about=about)
    for text in answer.notes:
        say_aside(text)
    if talk.as_json:
        print_object(answer.summary, started)
    else:
        print(f"{answer.headline}: {files.out}")
        print(account.summary_sentence(answer, lang=talk.lang))
