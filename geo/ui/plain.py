"""Names out of files as labels: Streamlit reads a label as Markdown, which can load a picture from anywhere."""

from __future__ import annotations

import re


def plain(name: str) -> str:
    """Return a name so that a label, or a help, shows it as it is written.

    >>> print(plain("东湖社区"), plain("![x](http://a/b.png)"))
    东湖社区 \\!\\[x\\]\\(http\\:\\/\\/a\\/b\\.png\\)
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", name)  # the punctuation of ASCII: all that Markdown lets be escaped
