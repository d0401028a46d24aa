/* Single reports as dots, once the map is close enough. The view is told to Python, which sends the reports in it. See points.py. */
(function () {
  'use strict';
  const RADIUS = 4.5, REACH = 7, MARGIN = 0.4;             // pixels, pixels, share of the view that is fetched around it

  L.HexPoints = L.LayerGroup.extend({
    initialize: function (payload) {
      L.LayerGroup.prototype.initialize.call(this, []);
      this.payload = payload;
      this.dots = L.hexPart(payload.dots, function (part) { return part; }) || [];
    },

    onAdd: function (map) {
      if (!map.pointRenderer) map.pointRenderer = L.canvas({ pane: 'points', padding: 0.3 });
      const payload = this.payload;
      this.dots.forEach(function (dot) {
        this.addLayer(L.circleMarker([dot[0], dot[1]], {
          renderer: map.pointRenderer, pane: 'points', interactive: false, radius: RADIUS,
          color: payload.casing, weight: 1.5, fillColor: dot[2], fillOpacity: 1
        }));
      }, this);
      this.tip = L.tooltip({ direction: 'top', opacity: 1 });
      this.at = this._at.bind(this);
      map.above.push(this.at);
      map.on({ mousemove: this._point, moveend: this._look, mouseout: this._leave }, this);
      this._look();
    },

    onRemove: function (map) {
      this._show(map, false);
      this.tip.remove();
      map.above.splice(map.above.indexOf(this.at), 1);
      map.off({ mousemove: this._point, moveend: this._look, mouseout: this._leave }, this);
    },

    /* Show the dots or not; ask for those of a view that lies outside what was sent. */
    _look: function () {
      const map = this._map, near = map.getZoom() >= this.payload.from, sent = this.payload.bounds;
      map.getContainer().classList.toggle('near', near);
      this._show(map, near);
      if (!near) return;
      const view = map.getBounds();
      if (sent && L.latLngBounds([sent[1], sent[0]], [sent[3], sent[2]]).contains(view)) return;
      const wide = view.pad(MARGIN);
      this.payload.bounds = [wide.getWest(), wide.getSouth(), wide.getEast(), wide.getNorth()];
      L.hexTell({ view: { bounds: this.payload.bounds } });
    },

    _show: function (map, wanted) {
      this.eachLayer(function (dot) {
        if (wanted && !map.hasLayer(dot)) map.addLayer(dot);
        if (!wanted && map.hasLayer(dot)) map.removeLayer(dot);
      });
      this.visible = wanted;
    },

    _at: function (latlng) {
      if (!this.visible) return undefined;
      const map = this._map, point = map.latLngToLayerPoint(latlng);
      return this.dots.find(function (dot) {
        return map.latLngToLayerPoint([dot[0], dot[1]]).distanceTo(point) <= REACH;
      });
    },

    _point: function (event) {
      const dot = this._at(event.latlng);
      if (!dot) return this._leave();
      const text = document.createElement('div');
      dot[3].forEach(function (line) { text.appendChild(document.createElement('div')).textContent = line; });
      return this.tip.setContent(text).setLatLng([dot[0], dot[1]]).addTo(this._map);
    },

    _leave: function () { this.tip.remove(); }
  });

  L.hexPoints = function (payload) { return new L.HexPoints(payload); };
})();
