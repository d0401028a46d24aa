"""People or streets on the screen: with a table the lens appears, its measure is chosen and stands in the address."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from geo.intake.areas import read_area_layer
from geo.ui.cache import Sources
from geo.ui.filters import Filters
from tests.ui.test_pages import SAMPLE, SECONDS, bodies, sample, visit


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    names = read_area_layer(SAMPLE / "communities.geojson", "community", mapping=SAMPLE / "mapping.toml").areas["name"]
    file = tmp_path_factory.mktemp("table") / "people.csv"
    file.write_text("名称,人口,长凳\n" + "".join(f"{name},{900 + at},3\n" for at, name in enumerate(names)), "utf-8")
    return sample(exposure=(file,))


def selects(app: object) -> list[str]:
    return [select.key for select in app.selectbox]  # type: ignore[attr-defined]


def test_the_measure_is_chosen_where_there_is_a_choice(measured: Sources) -> None:
    app = visit(sources=measured, lens="places")
    assert not app.exception
    assert "More than its population would explain" in bodies(app)
    select = app.selectbox(key="per-en")
    assert select.options == ["population", "长凳", "households"]
    select.set_value("households").run()
    assert not app.exception
    assert "More than its households would explain" in bodies(app)
    assert app.query_params["per"] == "households"
    app.selectbox(key="lens-en").set_value("city").run()
    assert "per-en" not in selects(app)
    assert "per" not in app.query_params


def test_a_link_names_the_measure_and_an_unknown_one_is_let_go(measured: Sources) -> None:
    app = visit("zh", sources=measured, lens="places", per="长凳")
    assert "超出长凳所能解释的地方" in bodies(app)
    app = visit(sources=measured, lens="places", per="shops")
    assert not app.exception
    assert "More than its population would explain" in bodies(app)


def test_one_measure_needs_no_choice() -> None:
    app = visit(lens="places")
    assert not app.exception
    assert "per-en" not in selects(app)
    assert "More than its households would explain" in bodies(app)


def test_a_table_makes_other_sources(measured: Sources, tmp_path: Path) -> None:
    assert sample().key != measured.key
    longer = tmp_path / "people.csv"
    longer.write_text(measured.exposure[0].read_text("utf-8") + "x,1,1\n", "utf-8")
    assert sample(exposure=(longer,)).key != measured.key


def test_the_address_keeps_the_measure() -> None:
    assert Filters.from_url({"lens": ["places"], "per": ["population"]}).question.per == "population"
    assert Filters(per="population").to_url() == {"per": ["population"]}


DATA_PAGE = "from geo.ui.data_page import data_page\n\ndata_page()\n"


def data_page(lang: str) -> AppTest:
    app = AppTest.from_string(DATA_PAGE, default_timeout=SECONDS)
    app.session_state["sources"] = sample()
    app.query_params["lang"] = lang
    return app.run()


@pytest.mark.parametrize(
    ("lang", "known", "refused"),
    [
        ("en", "2 rows by name: households, population.", 'row 3: "many" in column households'),
        ("zh", "2行，按名称：户数、人口。", "第 3 行：households 列的“many”"),
    ],
)
def test_an_uploaded_table_is_looked_into_before_it_is_used(lang: str, known: str, refused: str) -> None:
    app = data_page(lang)
    assert not app.exception
    good = b"name,households,population\na,1,2\nb,3,4\n"
    app.file_uploader(key="exposure-files").set_value([("good.csv", good, "text/csv")]).run()
    assert not app.exception
    assert known in bodies(app)
    bad = b"name,households\na,1\nb,many\n"
    app.file_uploader(key="exposure-files").set_value([("bad.csv", bad, "text/csv")]).run()
    assert not app.exception
    assert refused in unescape(bodies(app))
    app.file_uploader(key="exposure-files").set_value([("bad.csv", bad, "text/csv"), ("good.csv", good, "text/csv")])
    app.run()
    titles = {"en": ("bad.csv cannot be used", "These files cannot"), "zh": ("bad.csv无法使用", "这些文件无法")}[lang]
    assert titles[0] in bodies(app)
    assert titles[1] not in bodies(app)
    assert known in bodies(app)


def test_an_uploaded_table_is_part_of_what_is_loaded(measured: Sources) -> None:
    app = data_page("en")
    reports = [(name, (SAMPLE / name).read_bytes(), "text/plain") for name in ("patrol.csv", "mapping.toml")]
    app.file_uploader(key="report-files").set_value(reports)
    layer = (SAMPLE / "communities.geojson").read_bytes()
    app.file_uploader(key="area-files").set_value([("communities.geojson", layer, "application/json")])
    table = measured.exposure[0].read_bytes()
    app.file_uploader(key="exposure-files").set_value([("people.csv", table, "text/csv")]).run()
    next(button for button in app.button if button.label == "Use these files").click().run()
    assert not app.exception
    assert [path.name for path in app.session_state["sources"].exposure] == ["people.csv"]
    assert "Compared by population (people.csv)" in bodies(app)


@pytest.mark.parametrize(
    ("lang", "use", "away", "in_use"),
    [
        ("en", "Use this table with the files in use", r"Take people\.csv away again", "In use."),
        ("zh", "与当前文件一起使用这份表", r"不再使用people\.csv", "已在使用。"),
    ],
)
def test_a_table_alone_goes_with_the_files_in_use_and_away_again(
    lang: str, use: str, away: str, in_use: str, measured: Sources
) -> None:
    app = data_page(lang)
    assert use not in labels(app)
    table = measured.exposure[0].read_bytes()
    app.file_uploader(key="exposure-files").set_value([("people.csv", table, "text/csv")]).run()
    button(app, use).click().run()
    assert not app.exception
    used = app.session_state["sources"]
    assert [path.name for path in used.exposure] == ["people.csv"]
    assert (used.reports, used.areas, used.mapping) == (sample().reports, sample().areas, sample().mapping)
    assert in_use in bodies(app)
    assert "(people.csv)" in bodies(app) or "（people.csv）" in bodies(app)
    assert use not in labels(app)
    button(app, away).click().run()
    assert app.session_state["sources"] == sample()
    assert "people.csv）" not in bodies(app)
    assert use in labels(app)


def test_a_table_that_fits_no_area_is_refused_and_the_files_stay() -> None:
    app = data_page("en")
    app.file_uploader(key="exposure-files").set_value([("far.csv", b"name,households\na,1\nb,3\n", "text/csv")]).run()
    button(app, "Use this table with the files in use").click().run()
    assert not app.exception
    assert "far.csv cannot be used" in bodies(app)
    assert "No name of the exposure table is the name of an area" in bodies(app)
    assert app.session_state["sources"] == sample()


def test_what_was_chosen_stays_chosen_after_another_page(measured: Sources) -> None:
    """Uploaders begin anew with their page: what they held stands beside them, with the kinds and columns chosen."""
    app = data_page("en")
    reports = [("patrol.csv", (SAMPLE / "patrol.csv").read_bytes(), "text/csv")]
    layer = [("communities.geojson", (SAMPLE / "communities.geojson").read_bytes(), "application/json")]
    app.file_uploader(key="report-files").set_value(reports)
    app.file_uploader(key="area-files").set_value(layer).run()
    kind = next(select for select in app.selectbox if (select.key or "").startswith("kind-"))
    kind.set_value("district")
    crs = next(select for select in app.selectbox if (select.key or "").endswith("-crs"))
    crs.set_value("GCJ-02").run()
    assert "Use these files" in labels(app)
    kept = {name: app.session_state[name] for name in ("chosen-files", "chosen-before", "choices-kept", "uploads")}
    again = AppTest.from_string(DATA_PAGE, default_timeout=SECONDS)
    for name, value in {"sources": sample(), **kept}.items():
        again.session_state[name] = value
    again.query_params["lang"] = "en"
    again.run()
    assert not again.exception
    assert again.session_state[kind.key] == "district"
    assert again.session_state[crs.key] == "GCJ-02"
    assert [name for name in labels(again) if name in (r"patrol\.csv", r"communities\.geojson")] != []
    table = measured.exposure[0].read_bytes()
    again.file_uploader(key="exposure-files").set_value([("people.csv", table, "text/csv")]).run()
    assert "Use these files" in labels(again)
    button(again, r"patrol\.csv").click().run()
    assert r"patrol\.csv" not in labels(again)
    assert "Use this table with the files in use" in labels(again)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label == label)


@pytest.fixture(scope="module")
def with_inspection(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """100 weeks of 30 calls; from the 70th on 15 inspections a week besides."""
    file = tmp_path_factory.mktemp("reports") / "reports.csv"
    first = datetime(2024, 12, 16, 8)
    lines = ["report_id,reported_at,category,lat,lon,source"]
    for at in range(100):
        for who, count in (("resident", 30), ("inspection", 15 if at >= 70 else 0)):
            lines += [
                f"{who}-{at}-{n},{first + timedelta(days=7 * at + n % 7, minutes=n)},litter,"
                f"{30.62 + (n * 7 + at) % 11 / 500:.5f},{104.18 + (n * 5 + at * 3) % 13 / 500:.5f},{who}"
                for n in range(count)
            ]
    file.write_text("\n".join(lines), "utf-8")
    return sample(reports=(file,), mapping=None)


@pytest.mark.parametrize(("lang", "label"), [("en", "Without inspection"), ("zh", "不含检查暗访")])
def test_a_source_that_began_can_be_left_out(lang: str, label: str, with_inspection: Sources) -> None:
    app = visit(lang, with_inspection, lens="past")
    assert not app.exception
    (button,) = (button for button in app.button if button.label == label)
    button.click().run()
    assert not app.exception
    assert app.session_state["filters"].sources == ("resident",)
    assert app.session_state[f"sources-{lang}"] == ["resident"]
    assert not [button for button in app.button if button.label == label]


def test_the_average_city_offers_no_such_button(with_inspection: Sources) -> None:
    assert not [button for button in visit(sources=with_inspection).button if "Without" in button.label]
