/* Places of a list as discs, the chosen one with a ring. A click chooses one: Python is told its id. See marks.py. */
(function () {
  'use strict';
  const REACH = 4, HALO = 3;                               // pixels around a disc that still are it; of the ring's halo

  L.HexMarks = L.LayerGroup.extend({
    initialize: function (payload) {
      L.LayerGroup.prototype.initialize.call(this, []);
      this.payload = payload;
      this.marks = L.hexPart(payload.marks, function (part) { return part; }) || [];
    },

    onAdd: function (map) {
      if (!map.pointRenderer) map.pointRenderer = L.canvas({ pane: 'points', padding: 0.3 });
      const draw = this._disc.bind(this);
      this.marks.slice().reverse().forEach(function (mark) { draw(mark, mark[3], mark[4], mark[5], 1.4); });  // the first on top
      this.tip = L.tooltip({ direction: 'top', opacity: 1 });
      this.at = this._at.bind(this);
      map.above.push(this.at);
      map.on({ mousemove: this._point, mouseout: this._leave, movestart: this._leave, click: this._choose }, this);
      L.LayerGroup.prototype.onAdd.call(this, map);
      this._ring(this.marks[this.payload.selected]);
    },

    onRemove: function (map) {
      this.tip.remove();
      map.above.splice(map.above.indexOf(this.at), 1);
      map.off({ mousemove: this._point, mouseout: this._leave, movestart: this._leave, click: this._choose }, this);
      L.LayerGroup.prototype.onRemove.call(this, map);
    },

    _disc: function (mark, radius, fill, stroke, weight) {
      const disc = L.circleMarker([mark[0], mark[1]], {
        renderer: this._map ? this._map.pointRenderer : undefined, pane: 'points', interactive: false, radius: radius,
        color: stroke, weight: weight, fill: true, fillColor: fill || this.payload.casing, fillOpacity: fill ? 0.9 : 0.55
      });
      this.addLayer(disc);
      return disc;
    },

    _ring: function (mark) {                               // ink on a halo of the page colour, over all discs
      (this.rings || []).forEach(this.removeLayer, this);
      if (!mark) return;
      this.rings = [[this.payload.casing, 2 * HALO], [this.payload.ink, 2.5]].map(function (stroke) {
        const ring = this._disc(mark, mark[3] + HALO, null, stroke[0], stroke[1]);
        return ring.setStyle({ fill: false });
      }, this);
    },

    /* The disc at a place: of several the one that lies on top. */
    _at: function (latlng) {
      const map = this._map, point = map.latLngToLayerPoint(latlng);
      return this.marks.find(function (mark) {
        return map.latLngToLayerPoint([mark[0], mark[1]]).distanceTo(point) <= mark[3] + REACH;
      });
    },

    _point: function (event) {
      const mark = this._at(event.latlng);
      if (!mark) return this._leave();
      const text = document.createElement('div');
      mark[6].forEach(function (line, at) {
        text.appendChild(document.createElement(at ? 'div' : 'b')).textContent = line;
      });
      return this.tip.setContent(text).setLatLng([mark[0], mark[1]]).addTo(this._map);
    },

    _leave: function () { this.tip.remove(); },

    _choose: function (event) {
      const mark = this._at(event.latlng);
      if (!mark) return;
      this._ring(mark);                                    // the ring first, then Python
      L.hexTell({ item: { id: mark[2] } });
    }
  });

  L.hexMarks = function (payload) { return new L.HexMarks(payload); };
})();
