"""`python -m geo.maps.assets`: fill `static/` with what the browser needs."""

from geo.maps.assets import STATIC, prepare

for changed in prepare():
    print(changed.relative_to(STATIC.parent))
