"""`python -m geo.maps.assets`: fill `static/` with what the browser needs, and bring the font of printed sheets."""

from geo.maps.assets import STATIC, archive_readers, prepare, print_font
from geo.words import say

connected = archive_readers.fetch()
if not connected:
    print(
        say(
            "PMTiles base maps are not available: their scripts could not be fetched. All else works; with a "
            "connection, `python -m geo.maps.assets` adds them."
        )
    )
if not (print_font.fetch() if connected else print_font.there()):
    print(
        say(
            "Work orders in Chinese cannot be printed as PDF: the font Noto Sans SC (57 MB) could not be fetched. All "
            "else works; with a connection, `python -m geo.maps.assets` adds it."
        )
    )
for changed in prepare():
    print(changed.relative_to(STATIC.parent))
