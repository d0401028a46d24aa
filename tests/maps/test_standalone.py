"""The HTML file of a map: whole, silent, the same twice, and deaf to what reports and areas are called."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from geo.maps.ground import City
from geo.maps.palette import PALETTES
from geo.maps.points import Dot
from geo.maps.scene import REPORTS, Scene
from geo.maps.standalone import page
from geo.sheet import map_page, map_scene
from geo.study import Answer, Question, Study, ask, open_study
from geo.words import LANGUAGES

HOSTILE = """</script><script>alert(1)</script><img src=x onerror=alert(2)> "quoted" 'and' {{ 7 * 7 }} &amp; <!--"""
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
MOST_BYTES = 420_000


class Parsed(HTMLParser):
    """The elements of a page with their attributes, and all text that is no script and no style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = self.script = self.style = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        inside = self.elements[-1][0] if self.elements else ""
        if self.cdata_elem is None:
            self.text += data
        elif inside == "script":
            self.script += data
        else:
            self.style += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def scene(study: Study, answer: Answer) -> Scene:
    assert answer.table["core"].any()
    return map_scene(study, answer)


def told(html: str) -> dict[str, Any]:
    """Return what the page says of each cell."""
    return json.loads(Parsed(html).script.rsplit("L.hexPage(map_page, ", 1)[1].rstrip().removesuffix(");"))


@pytest.mark.parametrize("theme", list(PALETTES))
def test_the_file_asks_nobody(study: Study, answer: Answer, theme: str) -> None:
    html = map_page(study, answer, map_scene(study, answer, palette=PALETTES[theme]))
    parsed = Parsed(html)
    links = [
        value for _, attributes in parsed.elements for name, value in attributes.items() if name in ("src", "href")
    ]
    assert links == ["data:,"]
    assert ".leaflet-container" in parsed.style
    assert not re.search(r"url\(|@import", parsed.style)
    assert "sourceMappingURL" not in parsed.script
    assert len(html.encode()) < MOST_BYTES
    policy = next(m["content"] for m in parsed.named("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_only_our_own_script_may_run(study: Study, answer: Answer, scene: Scene) -> None:
    html = map_page(study, answer, scene)
    parsed = Parsed(html)
    assert len(parsed.named("script")) == 1
    digest = base64.b64encode(hashlib.sha256(parsed.script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html


def test_equal_scenes_give_equal_files(study: Study, answer: Answer, scene: Scene) -> None:
    assert map_page(study, answer, scene) == map_page(study, answer, map_scene(study, answer))


def test_names_and_texts_are_text_whatever_they_hold(scene: Scene) -> None:
    table = scene.table.copy()
    table[["place", "unit", "top_category", "reason"]] = HOSTILE
    wire = json.loads(json.dumps(scene.city.wire))
    wire["kinds"]["community"][0]["name"] = HOSTILE
    hostile = replace(scene, table=table, city=City(wire))
    html = page(hostile, title=HOSTILE, lines=[HOSTILE], facts={HOSTILE + "?": HOSTILE + "!"})
    parsed = Parsed(html)
    assert len(parsed.named("script")) == 1
    assert not parsed.named("img")
    assert parsed.text.count(HOSTILE) > 4
    assert told(html)["places"]["texts"] == [HOSTILE]
    quiet = Parsed(page(scene, title="?", lines=["?"], facts={"?": "!"}))
    assert {tag for tag, _ in parsed.elements} == {tag for tag, _ in quiet.elements}


def test_every_cell_keeps_its_sentence(study: Study, answer: Answer, scene: Scene) -> None:
    reasons = told(map_page(study, answer, scene))["reasons"]
    sentences = answer.table.set_index("cell")["reason"]
    for at, cell in enumerate(scene.geometry.cells):
        pieces, numbers = reasons["patterns"][reasons["which"][at]], reasons["numbers"][at].split()
        assert "".join(a + b for a, b in zip(pieces, [*numbers, ""], strict=True)) == sentences[cell]


def test_the_list_names_each_cluster_once(study: Study, answer: Answer, scene: Scene) -> None:
    rows = [m["data-at"] for m in Parsed(map_page(study, answer, scene)).named("tr") if "data-at" in m]
    clusters = answer.table.set_index("cell")["cluster_id"]
    ranks = [int(clusters[scene.geometry.cells[int(at or -1)]]) for at in rows]
    assert ranks == list(range(1, answer.table["cluster_id"].nunique() + 1))


def test_no_single_report_and_no_contact_is_in_the_file(study: Study, answer: Answer, scene: Scene) -> None:
    dot = Dot(30.612345, 104.212345, "overdue", ("somebody called",))
    html = map_page(study, answer, replace(scene, shown=(*scene.shown, REPORTS), dots=(dot,)))
    assert "somebody called" not in html
    assert "hexPoints(" not in html
    contacts = {phone for text in answer.table["contact"].dropna() for phone in re.findall(r"[\d-]{9,}", text)}
    assert contacts
    assert not [phone for phone in contacts if phone in html]


def test_only_what_is_shown_travels(study: Study, answer: Answer) -> None:
    with_sites = map_page(study, answer, map_scene(study, answer))
    without = map_page(study, answer, map_scene(study, answer, shown=()))
    assert len(without) < len(with_sites) - 40_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_nothing_is_hot_the_page_says_so_and_lists_what_is_busy(lang: str) -> None:
    study = open_study(
        [SAMPLE / name for name in ("12345.csv", "patrol.csv", "inspection.xlsx")],
        [("community", SAMPLE / "communities.geojson")],
        mapping=SAMPLE / "mapping.toml",
    )
    answer = ask(study, Question(), lang=lang)
    assert not answer.table["hot"].any()
    parsed = Parsed(map_page(study, answer, map_scene(study, answer, lang=lang)))
    assert {"en": "Too few reports in 13 weeks to tell places apart.", "zh": "这13周上报太少，分不出各处高低。"}[
        lang
    ] in parsed.text
    assert len([m for m in parsed.named("tr") if "data-at" in m]) == 3
    assert parsed.named("html")[0]["lang"] == {"en": "en", "zh": "zh-CN"}[lang]


def test_filters_and_days_stand_above_the_map(study: Study) -> None:
    category = study.cube.counts["category"].mode()[0]
    area = study.areas[study.areas["kind"] == "community"].iloc[0]
    answer = ask(study, Question(categories=(category,), areas=(area["area_id"],), window="26w"))
    head = Parsed(map_page(study, answer, map_scene(study, answer))).text.split("About this map")[0]
    assert f"Areas: {area['name']}" in head
    assert "Categories: " in head
    assert answer.headline in head
    assert f"{answer.summary['cells']:,} hexagons" in head
    assert "reports" in head
