"""`python -m geo.maps.assets`: fill `static/` with what the browser needs."""

from geo.maps.assets import STATIC, prepare
from geo.maps.assets.archive_readers import fetch
from geo.words import say

if not fetch():
    print(
        say(
            "PMTiles base maps are not available: their scripts could not be fetched. All else works; with a "
            "connection, `python -m geo.maps.assets` adds them."
        )
    )
for changed in prepare():
    print(changed.relative_to(STATIC.parent))
