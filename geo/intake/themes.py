"""Themes: named groups of categories that a campaign takes on together, such as 占道经营 or 乱停放.

A theme is asked for as `theme:` and its key or its name, wherever a category is. The shipped ones are data
(`category_tables/themes.toml`); a mapping adds its own in `[themes]`, one line each, or replaces a shipped one:

    [themes]
    Graffiti = ["Graffiti Removal", "PWD Graffiti"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from geo.intake.categories import category_name
from geo.words import LANGUAGES

PREFIX = "theme:"


@dataclass(frozen=True)
class Theme:
    """A group of categories, as the reports write them. `key` names it in addresses and on the command line."""

    key: str
    chinese: str
    english: str
    categories: tuple[str, ...]

    @property
    def asked(self) -> str:
        """What stands for the theme where categories are asked for.

        >>> Theme("dust", "扬尘", "Dust", ("S08004",)).asked
        'theme:dust'
        """
        return PREFIX + self.key

    def name(self, lang: str = "en") -> str:
        return self.chinese if lang == "zh" else self.english


@cache
def shipped_themes() -> tuple[Theme, ...]:
    """Return the themes of the product.

    >>> [theme.name() for theme in shipped_themes() if "S09005" in theme.categories]
    ['Trading on the street']
    """
    text = (resources.files(__package__) / "category_tables" / "themes.toml").read_text("utf-8")
    return tuple(
        Theme(key, entry["name"], entry["english"], tuple(entry["categories"]))
        for key, entry in tomllib.loads(text).items()
    )


def all_themes(own: Mapping[str, Sequence[str]]) -> tuple[Theme, ...]:
    """Return the user's own themes, then the shipped ones that no own theme replaces by its key or name.

    >>> [theme.name("zh") for theme in all_themes({"扬尘": ["渣土车带泥"]})][:2]
    ['扬尘', '垃圾']
    """
    mine = tuple(Theme(name, name, name, tuple(categories)) for name, categories in own.items())
    taken = {name.casefold() for name in own}
    kept = (t for t in shipped_themes() if not taken & {t.key, t.chinese.casefold(), t.english.casefold()})
    return (*mine, *kept)


def find_theme(asked: str, themes: Sequence[Theme]) -> Theme | None:
    """Return the theme of that key or name in either language, with or without PREFIX; None where there is none.

    >>> find_theme("theme:扬尘", shipped_themes()).key, find_theme("Lakes", shipped_themes())
    ('dust', None)
    """
    wanted = asked.removeprefix(PREFIX).strip().casefold()
    return next((t for t in themes if wanted in (t.key.casefold(), t.chinese.casefold(), t.english.casefold())), None)


def themes_among(codes: Collection[str], themes: Sequence[Theme]) -> tuple[Theme, ...]:
    """Return the themes of which a category is among `codes`, by code or by name, each with those that are.

    >>> dust = Theme("dust", "扬尘", "Dust", ("工地扬尘", "S08012"))
    >>> themes_among(["S08004", "S06010"], [dust])[0].categories, themes_among(["S06010"], [dust])
    (('S08004',), ())
    """
    known = {category_name(code, lang): code for code in codes for lang in LANGUAGES} | {code: code for code in codes}
    held = (
        replace(theme, categories=tuple(dict.fromkeys(known[name] for name in theme.categories if name in known)))
        for theme in themes
    )
    return tuple(theme for theme in held if theme.categories)


def names_of(codes: Sequence[str], themes: Sequence[Theme], lang: str = "en") -> list[str]:
    """Return the names of categories, shortly: of a theme whose every category is there, the theme's.

    >>> dust = Theme("dust", "扬尘", "Dust", ("S08004", "S08012"))
    >>> names_of(["S08004", "S08012", "S06028"], [dust]), names_of(["S08012"], [dust])
    (['Dust', 'Noise'], ['Mud carried out by lorries'])
    """
    left, names = list(codes), []
    for theme in themes:
        if len(theme.categories) > 1 and set(theme.categories) <= set(left):
            names.append(theme.name(lang))
            left = [code for code in left if code not in theme.categories]
    return names + [category_name(code, lang) for code in left]
