"""The command line: one verb per call, progress and warnings on standard error, a refusal in one sentence (exit 2)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from geo.errors import BadList, HexwardError, RefusedQuestion, UnknownColumns
from geo.words import LANGUAGES, say

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Where city problems concentrate beyond chance, and what to put right first.",
)

MAP = ".html"

Reports = Annotated[
    list[Path],
    typer.Option("--reports", help="Report file: CSV, TSV, XLSX, Parquet, GeoJSON or GeoPackage; several may follow."),
]
Areas = Annotated[
    list[str], typer.Option("--areas", help="KIND=FILE, for example community=communities.geojson; several may follow.")
]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", help="TOML file that names columns, coordinate systems and values.")
]
Boundary = Annotated[
    Path | None, typer.Option("--boundary", help="Study area; the union of the communities unless given.")
]
Resolution = Annotated[str, typer.Option("--resolution", help="H3 level 7 to 10, or auto.")]
Exposure = Annotated[
    list[Path],
    typer.Option("--exposure", help="Table of households, people, street length or shops; several may follow."),
]
Per = Annotated[
    str, typer.Option("--per", help="What places compares by: households, population, street_length or a column.")
]
Category = Annotated[list[str], typer.Option("--category", help="Only these categories; several may follow.")]
EachCategory = Annotated[bool, typer.Option("--each-category", help="Test each category by itself.")]
Timezone = Annotated[
    str | None, typer.Option("--timezone", help="Zone of times without one, for example Asia/Shanghai.")
]
Language = Annotated[str, typer.Option("--lang", help="en or zh.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


@app.command()
def hotspots(
    reports: Reports,
    out: Annotated[
        Path,
        typer.Option(
            "--out", help="Where to: .xlsx, .csv, .gpkg, .geojson, .kml, .zip for a Shapefile, .html for a map."
        ),
    ],
    areas: Areas = [],  # noqa: B006 (typer copies it)
    mapping: MappingFile = None,
    boundary: Boundary = None,
    resolution: Resolution = "auto",
    window: Annotated[
        str, typer.Option("--window", help="NNd, NNw, NNm, or auto (13 weeks, shorter for a short history).")
    ] = "auto",
    until: Annotated[
        str | None, typer.Option("--until", help="Last day of the window; the last day with a report unless given.")
    ] = None,
    lens: Annotated[str, typer.Option("--lens", help="city, past, share or places.")] = "city",
    exposure: Exposure = [],  # noqa: B006
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
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Find hot spots and write them as a list, a layer or a map."""
    from geo import account
    from geo import study as studies
    from geo.export import lists

    started = time.perf_counter()
    _check_choice("lang", lang, LANGUAGES)
    if only is not None:
        _check_choice("only", only, ("hot", "core"))
    as_map = lists.check_target(out, more=(MAP,)) == MAP
    if as_map and each_category:
        raise RefusedQuestion("A map shows one answer. Leave out --each-category, or write a list.")
    question = studies.Question(
        window=window,
        until=_day("until", until),
        lens=lens,
        categories=tuple(category),
        min_ratio=min_ratio,
        each_category=each_category,
        due=_day("due", due),
        per=per,
    )
    with _progress(lang) as tell:
        study = studies.open_study(
            reports,
            _pairs(areas),
            mapping=mapping,
            boundary=boundary,
            resolution=resolution,
            timezone=timezone,
            exposure=exposure,
            window=window,
            until=question.until,
            categories=question.categories,
            progress=tell,
        )
        _check_per(per, study.exposures)
        tell("Testing every cell", 0.95)
        answer = studies.ask(study, question, lang=lang)
        tell("Writing the list", 0.98)
        if as_map:
            from geo import sheet  # folium takes its time

            scene = sheet.map_scene(study, answer, lang=lang, which=only or "all")
            lists.write_html(sheet.map_page(study, answer, scene), out)
        else:
            lists.write_list(answer.only(only or "all"), out, lang=lang, about=account.about(study, answer, lang=lang))
    for text in answer.notes:
        _say_aside(text)
    summary = {**answer.summary, "seconds": round(time.perf_counter() - started, 2)}
    if as_json:
        print(json.dumps(summary, ensure_ascii=False, default=str))
    else:
        print(f"{answer.headline}: {out}")
        print(account.summary_sentence(answer, lang=lang))


@app.command()
def emerging(
    reports: Reports,
    out: Annotated[
        Path, typer.Option("--out", help="Where to: .xlsx, .csv, .gpkg, .geojson, .kml or .zip for a Shapefile.")
    ],
    areas: Areas = [],  # noqa: B006
    mapping: MappingFile = None,
    boundary: Boundary = None,
    resolution: Resolution = "auto",
    period: Annotated[str, typer.Option("--period", help="Length of a step: NNw, NNd or half-month.")] = "4w",
    until: Annotated[
        str | None, typer.Option("--until", help="Last day of the last step; the last day with a report unless given.")
    ] = None,
    lens: Annotated[str, typer.Option("--lens", help="city or places.")] = "city",
    exposure: Exposure = [],  # noqa: B006
    per: Per = "",
    category: Category = [],  # noqa: B006
    each_category: EachCategory = False,
    only: Annotated[
        str | None, typer.Option("--only", help="labelled (every pattern) or hot (hot ones); every cell unless given.")
    ] = None,
    timezone: Timezone = None,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Say what became of places: new, coming back, chronic or past hot spots, by Esri's 17 patterns."""
    from geo import account
    from geo import study as studies
    from geo.export import lists
    from geo.stats.timeline import DELTA, check_period

    started = time.perf_counter()
    _check_choice("lang", lang, LANGUAGES)
    _check_choice("lens", lens, tuple(DELTA))
    if only is not None:
        _check_choice("only", only, ("labelled", "hot"))
    check_period(period)
    lists.check_target(out)
    question = studies.Question(
        until=_day("until", until), lens=lens, categories=tuple(category), each_category=each_category, per=per
    )
    with _progress(lang) as tell:
        study = studies.open_study(
            reports,
            _pairs(areas),
            mapping=mapping,
            boundary=boundary,
            resolution=resolution,
            timezone=timezone,
            exposure=exposure,
            until=question.until,
            categories=question.categories,
            progress=tell,
        )
        _check_per(per, study.exposures)
        tell("Testing every cell", 0.95)
        found = studies.follow(study, question, period=period, lang=lang)
        tell("Writing the list", 0.98)
        table = found.only(only or "all")
        lists.write_list(table, out, lang=lang, about=account.about_changes(study, question, found, lang=lang))
    for text in account.change_notes(study, found, lang=lang):
        _say_aside(text)
    summary = account.change_summary(study, found)
    if as_json:
        summary["seconds"] = round(time.perf_counter() - started, 2)
        print(json.dumps(summary, ensure_ascii=False, default=str))
    else:
        print(account.change_sentence(summary, lang=lang))


@app.command()
def check(
    reports: Reports,
    areas: Areas = [],  # noqa: B006
    mapping: MappingFile = None,
    boundary: Boundary = None,
    rejected: Annotated[
        Path | None, typer.Option("--rejected", help="Write the rejected rows, whole and with reasons, to this CSV.")
    ] = None,
    timezone: Timezone = None,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Say what is in the files: rows kept, rejected and repaired, columns, coordinates, duplicates, piles."""
    from geo.export.lists import check_folder, write_csv
    from geo.material import read_material

    started = time.perf_counter()
    _check_choice("lang", lang, LANGUAGES)
    if rejected is not None:
        check_folder(rejected)
    with _progress(lang) as tell:
        material = read_material(
            reports, _pairs(areas), mapping=mapping, boundary=boundary, timezone=timezone, progress=tell
        )
    report = material.quality(lang)
    if rejected is not None:
        write_csv(report.rejected_rows(lang), rejected)
    if as_json:
        print(
            json.dumps(
                report.summary | {"seconds": round(time.perf_counter() - started, 2)}, ensure_ascii=False, default=str
            )
        )
    else:
        print("\n".join(report.lines(lang)))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for the files of the demo city; made if it is not there.")],
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another city.")] = 20261115,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Make the demo city: a fictional district with 30 months of reports and its known truth."""
    from data import make_city

    started = time.perf_counter()
    _check_choice("lang", lang, LANGUAGES)
    if not folder.is_dir() and (folder.exists() or not all(p.is_dir() for p in folder.parents if p.exists())):
        raise BadList("{folder} is a file, not a folder. Choose another name.", folder=folder)
    if seed < 0:
        raise RefusedQuestion("--seed cannot be {value}. Write a whole number from 0 up.", value=seed)
    with _progress(lang) as tell:
        summary = make_city(folder, seed=seed, progress=tell)
    if as_json:
        print(
            json.dumps({**summary, "seconds": round(time.perf_counter() - started, 2)}, ensure_ascii=False, default=str)
        )
    else:
        print(say("The demo city is in {folder}.", lang, folder=folder))


def _pairs(areas: list[str]) -> list[tuple[str, Path]]:
    pairs = []
    for text in areas:
        kind, equals, file = text.partition("=")
        if not (equals and kind and file):
            raise RefusedQuestion(
                'Areas are given as KIND=FILE, for example community=communities.geojson, not as "{text}".', text=text
            )
        pairs.append((kind, Path(file)))
    return pairs


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise RefusedQuestion(
            '"{text}" is not a date. Write --{option} as 2026-11-15.', text=text, option=option
        ) from fault


def _check_choice(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise RefusedQuestion(
            '--{option} cannot be "{value}". Choose {allowed}.', option=option, value=value, allowed=" / ".join(allowed)
        )


def _check_per(per: str, known: Collection[str]) -> None:
    """Refuse a measure where the study has none at all; which of several is meant is found out later."""
    if per and not known:
        raise RefusedQuestion('There is no exposure to compare by "{per}". Give its table with --exposure.', per=per)


def _say_aside(text: str) -> None:
    print(text, file=sys.stderr)


@contextmanager
def _progress(lang: str) -> Iterator[Any]:
    """Show steps on standard error: a bar on a terminal, a line per step elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step, share: _say_aside(say(step, lang))
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda step, share: bar.update(task, description=say(step, lang), completed=share)


def spread(arguments: list[str]) -> list[str]:
    """Let one option take several values: `--areas a=1 b=2` becomes `--areas a=1 --areas b=2`.

    >>> spread(["hotspots", "--areas", "a=1", "b=2", "--json"])
    ['hotspots', '--areas', 'a=1', '--areas', 'b=2', '--json']
    """
    out: list[str] = []
    option, held = "", 0
    for word in arguments:
        if word.startswith("--"):
            option, held = (word if word in ("--areas", "--category", "--exposure", "--reports") else ""), 0
        elif option:
            if held:
                out.append(option)
            held += 1
        out.append(word)
    return out


def _split(word: str) -> list[str]:
    """Return `--option=value` as option and value, other words as they are."""
    option, equals, value = word.partition("=")
    return [option, value] if equals and option.startswith("--") else [word]


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    words = spread([part for word in given for part in _split(word)])
    lang = words[words.index("--lang") + 1] if "--lang" in words[:-1] else "en"
    try:
        app(words, standalone_mode=False)
    except HexwardError as refusal:
        _say_aside(refusal.sentence(lang))
        if isinstance(refusal, UnknownColumns):
            _say_aside(refusal.mapping)
        return 2
    except typer.TyperException as fault:
        _say_aside(fault.format_message())
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
