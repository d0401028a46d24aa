"""Which cell speaks for each cluster, and which are busy where none is hot: the rows of every list of places."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

BUSIEST = 3


def leading_cells(table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the cell with the greatest excess of each cluster, by rank."""
    hot = pd.DataFrame(table.loc[table["hot"]].drop(columns="geometry"))
    hot["excess"] = hot["ring_incidents"] - hot["expected"]
    hot = hot.sort_values(["cluster_id", "excess"], ascending=[True, False])
    return hot.drop_duplicates("cluster_id").reset_index(drop=True)


def busiest(table: gpd.GeoDataFrame, most: int = BUSIEST) -> pd.DataFrame:
    """Return the cells with most incidents: busy, which is not yet hot."""
    cells = pd.DataFrame(table.drop(columns="geometry")).sort_values(["incidents", "cell"], ascending=[False, True])
    return cells.head(most).reset_index(drop=True)
