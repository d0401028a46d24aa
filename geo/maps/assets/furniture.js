/* What each drawing changes about the map: colours, language, shown kinds, legend, names, where to fly. See furniture.py. */
(function () {
  'use strict';
  const WIDE = 520;                                        // pixels of a map that has room beside its legend
  const LEGIBLE = 12;                                      // pixels from a cell's centre to its corner

  const WHOLE = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"/></svg>';

  /* One more button under those of the zoom. A link, as Leaflet's are; Space presses it too. */
  L.hexButton = function (map, className, glyph, press) {
    const button = L.DomUtil.create('a', className, map.zoomControl.getContainer());
    button.href = '#';
    button.setAttribute('role', 'button');
    button.innerHTML = glyph;
    L.DomEvent.disableClickPropagation(button);
    L.DomEvent.on(button, 'click', function (event) {
      L.DomEvent.preventDefault(event);
      press();
    });
    L.DomEvent.on(button, 'keydown', function (event) {
      if (event.key !== ' ') return;
      L.DomEvent.preventDefault(event);
      press();
    });
    return button;
  };

  L.HexFurniture = L.Layer.extend({
    initialize: function (furniture) { this.furniture = furniture; },

    onAdd: function (map) {
      const furniture = this.furniture, root = document.documentElement;
      root.lang = furniture.lang;
      Object.keys(furniture.colours).forEach(function (name) { root.style.setProperty('--' + name, furniture.colours[name]); });
      L.hexGround(map, furniture.city);
      if (map.showBaseMap) {
        const base = furniture.baseMap || {};
        map.showBaseMap(Boolean(furniture.baseMap), base.fade, base.dark);
      }
      Object.keys(map.kindLayers || {}).forEach(function (kind) {
        const layer = map.kindLayers[kind], wanted = furniture.shown.indexOf(kind) >= 0 && kind !== furniture.bare;
        if (wanted && !map.hasLayer(layer)) layer.addTo(map);
        if (!wanted && map.hasLayer(layer)) layer.remove();
      });
      this._addLegend(map, furniture.legend);
      this._addButtons(map, furniture.words);
      L.hexPicture(map, furniture.picture);
      map.furniture = furniture;
      if (map.cityKey) map.fire('furnished');
      this.chosen = L.hexChosenArea(map, furniture.area).addTo(map);
      L.hexNames(map);
      if (map.cityKey && furniture.fly && furniture.fly.mark !== map.flownTo) this.fly(map, furniture.fly);
    },

    onRemove: function () {
      this.legend.remove();
      this.chosen.remove();
    },

    fly: function (map, fly) {
      map.flownTo = fly.mark;
      map.aim = fly.bounds;                                // where the map has no size yet, it is fitted once it has
      if (fly.bounds) return map.fitExtent(fly.bounds);
      map.takeView();
      const close = Math.log2(LEGIBLE / (256 * this.furniture.cellRadius));  // where a cell can be told from the next
      const zoom = fly.near && map.getZoom() < close ? close : map.getZoom();
      if (zoom > map.getZoom() || !map.getBounds().pad(-0.15).contains(fly.at)) map.setView(fly.at, zoom);
      return undefined;
    },

    /* The whole city, once more; and the words of Leaflet's own two buttons. */
    _addButtons: function (map, words) {
      const bar = map.zoomControl.getContainer();
      if (!map.wholeButton) {
        map.wholeButton = L.hexButton(map, 'whole-button', WHOLE, function () {
          if (map.cityExtent) map.fitExtent(map.cityExtent);
        });
      }
      [['.leaflet-control-zoom-in', words.closer], ['.leaflet-control-zoom-out', words.farther], ['.whole-button', words.whole]]
        .forEach(function (button) {
          bar.querySelector(button[0]).title = button[1];
          bar.querySelector(button[0]).setAttribute('aria-label', button[1]);
        });
    },

    _addLegend: function (map, html) {                       // built and escaped in legend.py
      this.legend = L.control({ position: 'bottomleft' });
      this.legend.onAdd = function () {
        const box = L.DomUtil.create('div', 'legend');
        box.innerHTML = html;
        const details = box.querySelector('details');
        details.open = map.legendFolded === undefined ? map.getSize().x >= WIDE : !map.legendFolded;
        details.addEventListener('toggle', function () { map.legendFolded = !details.open; });
        L.DomEvent.disableClickPropagation(box);
        return box;
      };
      this.legend.addTo(map);
    }
  });

  L.hexFurniture = function (furniture) { return new L.HexFurniture(furniture); };
})();
