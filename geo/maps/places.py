"""Which cell speaks for each place, and which are busy where none is found: the rows of every list of places."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

BUSIEST = 3


def ranks(table: pd.DataFrame, view: str = "hot") -> pd.Series:
    """Return the number that each cell's place has on the map and in the list of a view; missing where it has none.

    A place is a cluster of hot cells; in the view `change`, which needs `with_changes`, neighbours of one group.
    """
    number = table["change_rank"] if view == "change" else table["cluster_id"].where(table["hot"])
    return number.astype("Int64")


def leading_cells(table: gpd.GeoDataFrame, view: str = "hot") -> pd.DataFrame:
    """Return the cell with the greatest excess of each place, with its `rank`, by rank.

    In the view `change` the excess is that of the last period.
    """
    cells = pd.DataFrame(table.drop(columns="geometry")).assign(rank=ranks(table, view))
    cells = cells[cells["rank"].notna()]
    counted, usual = ("last_incidents", "last_expected") if view == "change" else ("ring_incidents", "expected")
    cells["excess"] = cells[counted] - cells[usual]
    cells = cells.sort_values(["rank", "excess"], ascending=[True, False])
    return cells.drop_duplicates("rank").reset_index(drop=True)


def busiest(table: gpd.GeoDataFrame, most: int = BUSIEST) -> pd.DataFrame:
    """Return the cells with most incidents, without a `rank`: busy, which is not yet hot.

    By their incidents with neighbours, as every list tells them.
    """
    cells = pd.DataFrame(table.drop(columns="geometry")).sort_values(["incidents", "cell"], ascending=[False, True])
    cells = cells.head(most).sort_values("ring_incidents", ascending=False, kind="stable", ignore_index=True)
    return cells.assign(rank=pd.array([pd.NA] * len(cells), "Int64"))
