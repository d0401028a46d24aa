"""`python -m geo.ui.assets`: fill `static/` with what the browser needs."""

from geo.ui.assets import STATIC, prepare

for changed in prepare():
    print(changed.relative_to(STATIC.parent))
