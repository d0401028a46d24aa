"""The command line: one verb per call, progress and warnings on standard error, a refusal in one sentence (exit 2)."""

from __future__ import annotations

import sys

import typer

from geo.command.blindspots import blindspots
from geo.command.check import check
from geo.command.choose import choose
from geo.command.clusters import clusters
from geo.command.demo import demo
from geo.command.emerging import emerging
from geo.command.hotspots import hotspots
from geo.command.inspection import inspection
from geo.command.loss import loss
from geo.command.options import SEVERAL, spelled_out
from geo.command.performance import performance
from geo.command.priorities import priorities
from geo.command.relapses import relapses
from geo.command.scan import scan
from geo.command.telling import say_aside
from geo.command.workorders import workorders
from geo.errors import HexwardError, UnknownColumns

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Where city problems concentrate beyond chance, and what to put right first.",
)
recurring = (relapses, clusters, scan, blindspots)
agenda = (priorities, performance, loss, inspection, choose, workorders)
for verb in (hotspots, emerging, *recurring, *agenda, check, demo):
    app.command()(spelled_out(verb))


def spread(arguments: list[str]) -> list[str]:
    """Let one option take several values: `--areas a=1 b=2` becomes `--areas a=1 --areas b=2`.

    >>> spread(["hotspots", "--areas", "a=1", "b=2", "--json"])
    ['hotspots', '--areas', 'a=1', '--areas', 'b=2', '--json']
    """
    out: list[str] = []
    option, held = "", 0
    for word in arguments:
        if word.startswith("--"):
            option, held = (word if word in SEVERAL else ""), 0
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
        say_aside(refusal.sentence(lang))
        if isinstance(refusal, UnknownColumns):
            say_aside(refusal.mapping)
        return 2
    except typer.TyperException as fault:
        say_aside(fault.format_message())
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
