"""The options of the command line, each declared once, and those that several verbs share as one value.

typer reads options off the parameters of a function and knows no groups of them. `spelled_out` puts the fields of a
group in the place of the parameter that holds it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from geo.errors import RefusedQuestion
from geo.words import LANGUAGES

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
Exposure = Annotated[
    list[Path],
    typer.Option("--exposure", help="Table of households, people, street length or shops; several may follow."),
]
Per = Annotated[
    str, typer.Option("--per", help="What places compares by: households, population, street_length or a column.")
]
Category = Annotated[list[str], typer.Option("--category", help="Only these categories; several may follow.")]
EachCategory = Annotated[bool, typer.Option("--each-category", help="Test each category by itself.")]
Period = Annotated[str, typer.Option("--period", help="Length of a step: NNw, NNd or half-month.")]
LastDay = Annotated[
    str | None, typer.Option("--until", help="Last day looked at; the last day with a report unless given.")
]
LastStep = Annotated[
    str | None, typer.Option("--until", help="Last day of the last step; the last day with a report unless given.")
]
Window = Annotated[
    str, typer.Option("--window", help="NNd, NNw, NNm, or auto (13 weeks, shorter for a short history).")
]
Timezone = Annotated[
    str | None, typer.Option("--timezone", help="Zone of times without one, for example Asia/Shanghai.")
]
SEVERAL = ("--accept", "--areas", "--category", "--draw", "--exposure", "--must", "--never", "--read-back", "--reports")
"""Options after which several values may follow."""


@dataclass(frozen=True, kw_only=True)
class Files:
    """What a verb reads and where it writes."""

    reports: Reports
    out: Annotated[
        Path, typer.Option("--out", help="Where to: .xlsx, .csv, .gpkg, .geojson, .kml or .zip for a Shapefile.")
    ]
    areas: Areas = field(default_factory=list)
    mapping: MappingFile = None
    boundary: Boundary = None
    resolution: Annotated[str, typer.Option("--resolution", help="H3 level 7 to 10, or auto.")] = "auto"


@dataclass(frozen=True, kw_only=True)
class Talk:
    """In which language a verb answers, and whether to a person or to a program."""

    lang: Annotated[str, typer.Option("--lang", help="en or zh.")] = "en"
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False

    def check(self) -> None:
        """Raise RefusedQuestion for a language that nobody speaks here."""
        check_choice("lang", self.lang, LANGUAGES)


def spelled_out(verb: Callable[..., None]) -> Callable[..., None]:
    """Return `verb` with the fields of every dataclass among its parameters as parameters of its own.

    >>> def greet(*, name: str, talk: Talk) -> None:
    ...     print(name, talk.lang)
    >>> list(inspect.signature(spelled_out(greet)).parameters)
    ['name', 'lang', 'as_json']
    >>> spelled_out(greet)(name="East", lang="zh", as_json=False)
    East zh
    """
    types = get_type_hints(verb, include_extras=True)
    groups: dict[str, type[Any]] = {
        name: kind for name, kind in types.items() if isinstance(kind, type) and is_dataclass(kind)
    }

    def run(**given: Any) -> None:
        held = {name: kind(**{f.name: given.pop(f.name) for f in fields(kind)}) for name, kind in groups.items()}
        verb(**held, **given)

    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(verb).parameters.values():
        group = groups.get(parameter.name)
        own = [parameter.replace(annotation=types[parameter.name])]
        parameters += own if group is None else _parameters(group)
    run.__name__, run.__doc__ = verb.__name__, verb.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _parameters(group: type[Any]) -> Iterator[inspect.Parameter]:
    types = get_type_hints(group, include_extras=True)
    for one in fields(group):
        default = one.default if one.default_factory is MISSING else one.default_factory()
        yield inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if default is MISSING else default,
            annotation=types[one.name],
        )


def pairs(areas: Sequence[str]) -> list[tuple[str, Path]]:
    """Return kind and file of every KIND=FILE. Raises RefusedQuestion for anything else."""
    found = []
    for text in areas:
        kind, equals, file = text.partition("=")
        if not (equals and kind and file):
            raise RefusedQuestion(
                'Areas are given as KIND=FILE, for example community=communities.geojson, not as "{text}".', text=text
            )
        found.append((kind, Path(file)))
    return found


def day(option: str, text: str | None) -> date | None:
    """Return the day an option names. Raises RefusedQuestion where it is none."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise RefusedQuestion(
            '"{text}" is not a date. Write --{option} as 2026-11-15.', text=text, option=option
        ) from fault


def check_choice(option: str, value: str, allowed: Sequence[str]) -> None:
    """Raise RefusedQuestion where an option has a value that is not offered."""
    if value not in allowed:
        raise RefusedQuestion(
            '--{option} cannot be "{value}". Choose {allowed}.', option=option, value=value, allowed=" / ".join(allowed)
        )


def check_number(option: str, value: int, least: int, most: int) -> None:
    """Raise RefusedQuestion where an option has a number outside what is offered."""
    if not least <= value <= most:
        raise RefusedQuestion(
            "--{option} cannot be {value}. Write a whole number from {least} to {most}.",
            option=option,
            value=value,
            least=least,
            most=most,
        )
