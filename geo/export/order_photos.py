"""Local pictures for an order: small, and without what a camera writes beside them."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

from PIL import ExifTags, Image

_MOST_BYTES = 40_000_000
_MOST_PIXELS = 80_000_000
_QUALITY = 80
_TURN = Image.Transpose
_TURNS: dict[object, Image.Transpose] = {
    **{2: _TURN.FLIP_LEFT_RIGHT, 3: _TURN.ROTATE_180, 4: _TURN.FLIP_TOP_BOTTOM, 5: _TURN.TRANSPOSE},
    **{6: _TURN.ROTATE_270, 7: _TURN.TRANSVERSE, 8: _TURN.ROTATE_90},
}
"""What puts a picture upright, by its EXIF orientation."""


def small_photo(path: Path, most: tuple[int, int] = (240, 180)) -> bytes | None:
    """Return a picture as a small JPEG, None where it cannot be read or is far too large.

    Only its pixels are kept: EXIF holds where and by whom it was taken, and may hold a full preview. Where EXIF is cut
    off or spoilt, the picture stays as it was taken.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        with Image.open(path, formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            picture.draft("RGB", (2 * most[0], 2 * most[1]))
            turn = _turn(picture)
            shown = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what Pillow raises over damaged files
        return None
    upright = shown if turn is None else shown.transpose(turn)
    upright.thumbnail(most)
    pixels = Image.new("RGB", upright.size, "white")
    pixels.paste(upright, mask=upright.getchannel("A"))
    out = BytesIO()
    pixels.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """Return what puts a picture upright, None where it says nothing of it, or nothing that can be read."""
    try:
        return _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))
    except (struct.error, SyntaxError, TypeError, ValueError):  # what Pillow raises over spoilt EXIF
        return None
