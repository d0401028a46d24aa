/* Areas filled by class, under the outlines and names. A click on one chooses it: Python is told its id. See areas.py. */
(function () {
  'use strict';
  const PANE = { name: 'fills', index: 250 };              // over the ground, under everything else
  const REACH = 5;                                         // pixels around a small or thin area that still are it

  L.HexAreas = L.LayerGroup.extend({
    initialize: function (payload) {
      L.LayerGroup.prototype.initialize.call(this, []);
      this.payload = payload;
      this.told = L.hexPart(payload.areas, function (part) { return part; }) || {};  // id: [class, words of the tooltip]
    },

    onAdd: function (map) {
      if (!map.getPane(PANE.name)) {
        const pane = map.createPane(PANE.name);
        pane.style.zIndex = PANE.index;
        pane.style.pointerEvents = 'none';
        map.fillRenderer = L.svg({ pane: PANE.name, padding: 0.3 });
      }
      this.tip = L.tooltip({ direction: 'top', opacity: 1 });
      this.areas = map.areas.filter(function (area) { return area.id in this.told; }, this);
      this.payload.styles.forEach(function (style, at) { this._fill(map, style, at); }, this);
      this.payload.rings.forEach(function (ring) { this._ring(map, ring); }, this);
      map.on({ mousemove: this._point, mouseout: this._leave, movestart: this._leave, click: this._choose }, this);
      L.LayerGroup.prototype.onAdd.call(this, map);
    },

    onRemove: function (map) {
      this._leave();
      map.off({ mousemove: this._point, mouseout: this._leave, movestart: this._leave, click: this._choose }, this);
      L.LayerGroup.prototype.onRemove.call(this, map);
    },

    /* All areas of a class are one path. */
    _fill: function (map, style, at) {
      const rings = [].concat.apply([], this.areas
        .filter(function (area) { return this.told[area.id][0] === at; }, this)
        .map(function (area) { return area.rings; }));
      if (!rings.length) return;
      this.addLayer(L.polygon(rings.map(L.hexUnpack), {
        renderer: map.fillRenderer, pane: PANE.name, interactive: false, fillRule: 'nonzero',
        stroke: Boolean(style.stroke), color: style.stroke, weight: style.weight, opacity: style.opacity,
        fill: Boolean(style.fill), fillColor: style.fill, fillOpacity: style.opacity
      }));
    },

    _ring: function (map, ring) {                          // over all fills: one that is shared is whole on both sides
      const rings = [].concat.apply([], this.areas
        .filter(function (area) { return ring.ids.indexOf(area.id) >= 0; })
        .map(function (area) { return area.rings; }));
      if (!rings.length) return;
      this.addLayer(L.polygon(rings.map(L.hexUnpack), {
        renderer: map.fillRenderer, pane: PANE.name, interactive: false, fill: false,
        color: ring.stroke, weight: ring.weight, dashArray: ring.dash || null
      }));
    },

    _at: function (latlng) {
      const map = this._map, point = map.latLngToLayerPoint(latlng);
      return this.areas.find(function (area) {
        if (!area.corners) area.corners = area.rings.map(L.hexUnpack);
        if (!area.box) area.box = L.latLngBounds([].concat.apply([], area.corners));
        const low = map.latLngToLayerPoint(area.box.getSouthWest()), high = map.latLngToLayerPoint(area.box.getNorthEast());
        const reach = this.payload.reach ? REACH : 0;
        if (point.x < low.x - reach || point.x > high.x + reach || point.y > low.y + reach || point.y < high.y - reach) return false;
        return inside(latlng, area.corners) || (reach && this._near(point, area.corners, reach));
      }, this);
    },

    _near: function (point, rings, reach) {
      const map = this._map;
      return rings.some(function (ring) {
        const corners = ring.map(function (corner) { return map.latLngToLayerPoint(corner); });
        return corners.some(function (corner, k) {
          return L.LineUtil.pointToSegmentDistance(point, corner, corners[(k + 1) % corners.length]) <= reach;
        });
      });
    },

    _under: function (latlng) {                            // the area here, unless something on top of it is meant
      return this._map.above.some(function (at) { return at(latlng); }) ? undefined : this._at(latlng);
    },

    _point: function (event) {
      const area = this._under(event.latlng);
      this._map.getContainer().classList.toggle('over-area', Boolean(area));
      if (!area) return this.tip.remove();
      const text = document.createElement('div');
      this.told[area.id][1].forEach(function (line, at) {
        text.appendChild(document.createElement(at ? 'div' : 'b')).textContent = line;
      });
      return this.tip.setContent(text).setLatLng(event.latlng).addTo(this._map);
    },

    _leave: function () { this.tip.remove(); },

    _choose: function (event) {
      const area = this._under(event.latlng);
      if (area) L.hexTell({ area: { id: area.id } });
    }
  });

  /* Whether a point lies inside these rings: it crosses their sides an odd number of times on its way east. */
  function inside(at, rings) {
    let odd = false;
    rings.forEach(function (ring) {
      ring.forEach(function (a, k) {
        const b = ring[(k + 1) % ring.length];
        if ((a[0] > at.lat) !== (b[0] > at.lat) && at.lng < a[1] + (b[1] - a[1]) * (at.lat - a[0]) / (b[0] - a[0])) odd = !odd;
      });
    });
    return odd;
  }

  L.hexAreas = function (payload) { return new L.HexAreas(payload); };
})();
