"""The mapping file: what it may say, and how each mistake in it is answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import BadMapping, HexwardError, UnknownCRS
from geo.intake import mapping as mapping_file
from geo.intake.mapping import load_mapping


def test_the_example_in_the_manual_is_read(tmp_path: Path) -> None:
    manual = (mapping_file.__doc__ or "").split("\n\n", 2)[2].rsplit("\n\n", 1)[0]
    file = tmp_path / "mapping.toml"
    file.write_text(manual, "utf-8")
    read = load_mapping(file)
    assert read.columns["point"] == "经纬度"
    assert read.values["category"] == {"S09005": ("占道经营", "0405")}
    assert read.areas["market"].radius_m == 120
    special = read.for_file("暗访3月.xlsx")
    assert (special.crs, special.columns["source"], special.columns["report_id"]) == ("WGS-84", "inspection", "编号")
    assert read.for_file("热线.csv").crs == "GCJ-02"


def test_values_of_one_source_are_laid_over_the_general_ones() -> None:
    read = load_mapping(
        {
            "values": {"status": {"open": ["a"], "closed": ["b"]}},
            "source": [{"file": "x*", "values": {"status": {"open": ["c"]}}, "timezone": "America/Chicago"}],
        }
    )
    assert read.for_file("x.csv").values["status"] == {"open": ("c",), "closed": ("b",)}
    assert read.for_file("x.csv").timezone == "America/Chicago"
    assert read.for_file("y.csv").values["status"]["open"] == ("a",)


MISTAKES: list[tuple[str, type[HexwardError], str]] = [
    ("report_id = 编号", BadMapping, "not valid TOML"),
    ('reportid = "编号"', BadMapping, 'the key "reportid", which is not known'),
    ("report_id = 5", BadMapping, "must be one text in quotation marks"),
    ("date_format = [1]", BadMapping, "must be a list of texts"),
    ('date_format = "day"', BadMapping, "not a date format"),
    ('timezone = "Beijing"', BadMapping, "no time zone Beijing"),
    ('crs = "Atlantis"', UnknownCRS, "coordinate system Atlantis"),
    ('values = "x"', BadMapping, "must be a table"),
    ('[values.colour]\nred = ["x"]', BadMapping, "[values.colour]"),
    ('[values.status]\npending = ["x"]', BadMapping, "has the word pending"),
    ('[[source]]\ncrs = "GCJ-02"', BadMapping, "names no file"),
    ('[areas.market]\ncolour = "red"', BadMapping, 'has the key "colour"'),
    ("[areas.market]\nradius_m = -5", BadMapping, "above 0"),
]


@pytest.mark.parametrize(("text", "kind", "sentence"), MISTAKES, ids=[text for text, _, _ in MISTAKES])
def test_a_mistake_is_answered_by_one_sentence(
    tmp_path: Path, text: str, kind: type[HexwardError], sentence: str
) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(kind) as refusal:
        load_mapping(file)
    assert sentence in str(refusal.value)
    assert refusal.value.sentence("zh") != str(refusal.value)


def test_a_mapping_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match="cannot be opened"):
        load_mapping(tmp_path / "none.toml")
    (tmp_path / "gbk.toml").write_bytes('report_id = "编号"'.encode("gbk"))
    with pytest.raises(BadMapping, match="UTF-8"):
        load_mapping(tmp_path / "gbk.toml")
