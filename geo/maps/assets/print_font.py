"""The font of what is printed: Noto Sans SC, regular and bold, whole, from npm at setup. SIL Open Font License 1.1.

It is not served to the web, and what we write carries only the glyphs it uses. Without a connection at setup all else
works: a sheet with Chinese in it is refused in a sentence.
"""

from __future__ import annotations

from pathlib import Path

from geo.maps.assets.npm import ROOT, bring

_PACKAGE = "node_modules/@expo-google-fonts/noto-sans-sc"
_FACES = (f"{_PACKAGE}/400Regular/NotoSansSC_400Regular.ttf", f"{_PACKAGE}/700Bold/NotoSansSC_700Bold.ttf")
REGULAR, BOLD = (ROOT / face for face in _FACES)
# Not `ci`, which empties node_modules first. 57 MB: five minutes are enough at 1.5 Mbit/s.
_HOW = ("install", "--no-save", "--fetch-retries=0", "--fetch-timeout=300000")


def fetch(root: Path = ROOT) -> bool:
    """Fetch the font that the lock file in `root` names, unless it is here; say whether it is."""
    return bring(_FACES, _HOW, root, minutes=6)


def there() -> bool:
    """Say whether the font was fetched."""
    return REGULAR.exists() and BOLD.exists()
