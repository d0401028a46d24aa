"""Local pictures for an order: small, and without what a camera writes beside them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

_MOST_BYTES = 40_000_000
_MOST_PIXELS = 80_000_000
_QUALITY = 80


def small_photo(path: Path, most: tuple[int, int] = (240, 180)) -> bytes | None:
    """Return a picture as a small JPEG, None where it cannot be read or is far too large.

    Only its pixels are kept: EXIF holds where and by whom it was taken, and may hold a full preview.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        with Image.open(path, formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            picture.draft("RGB", (2 * most[0], 2 * most[1]))
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what Pillow raises over damaged files
        return None
    upright.thumbnail(most)
    pixels = Image.new("RGB", upright.size, "white")
    pixels.paste(upright, mask=upright.getchannel("A"))
    out = BytesIO()
    pixels.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
