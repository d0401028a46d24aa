/* The way of each team from stop to stop, as the crow flies: thin lines on a casing, told apart by dash. See routes.py. */
(function () {
  'use strict';

  L.HexRoutes = L.LayerGroup.extend({
    initialize: function (payload) {
      L.LayerGroup.prototype.initialize.call(this, []);
      this.payload = payload;
    },

    onAdd: function (map) {
      const payload = this.payload;
      payload.routes.forEach(function (route) {
        [[payload.casing, 4, null], [payload.ink, 1.8, route.dash]].forEach(function (stroke) {
          this.addLayer(L.polyline(route.at, {
            renderer: map.outlineRenderer, pane: 'outlines', interactive: false, fill: false,
            color: stroke[0], weight: stroke[1], dashArray: stroke[2], opacity: 0.95
          }));
        }, this);
      }, this);
      L.LayerGroup.prototype.onAdd.call(this, map);
    }
  });

  L.hexRoutes = function (payload) { return new L.HexRoutes(payload); };
})();
