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
    """Return the cell with the greatest excess of each place, with its `rank`, by rank."""
    cells = pd.DataFrame(table.drop(columns="geometry")).assign(rank=ranks(table, view))
    cells = cells[cells["rank"].notna()]
    cells["excess"] = cells["ring_incidents"] - cells["expected"]
    cells = cells.sort_values(["rank", "excess"], ascending=[True, False])
    return cells.drop_duplicates("rank").reset_index(drop=True)


def busiest(table: gpd.GeoDataFrame, most: int = BUSIEST) -> pd.DataFrame:
    """Return the cells with most incidents, without a `rank`: busy, which is not yet hot."""
    cells = pd.DataFrame(table.drop(columns="geometry")).sort_values(["incidents", "cell"], ascending=[False, True])
    return cells.head(most).assign(rank=pd.array([pd.NA] * min(most, len(cells)), "Int64")).reset_index(drop=True)
