/* What stands under and over the hexagons: land, water and streets, area outlines, names that do not collide, rank numbers,
 * legend, scale. L.hexBase is drawn once for a city; L.hexFurniture comes anew with each rerun. See ground.py. */
(function () {
  'use strict';
  const GROUND = ['street'];                               // drawn under the hexagons, filled
  const PLAIN = ['district', 'street_office', 'community'];  // borders without a casing
  const STYLED = PLAIN.concat(['market', 'construction_site']);
  const NAMED_FROM = { district: 99, street_office: 99, community: 11, market: 13, street: 15 };
  const NAMED_FROM_OTHER = 14;
  const NAME_ORDER = { market: 2, construction_site: 3, community: 5 };
  const NAME_ORDER_OTHER = 4;
  const TRIED = [[0, 0], [0, 16], [0, -16], [22, 0], [-22, 0], [0, 30], [0, -30]];
  const OUTLINE_BOX = 12;
  const PANES = { ground: 200, outlines: 400, names: 600 };

  /* Coordinates travel as whole steps of 1e-5 degrees from point to point: [lon, lat, dlon, dlat, ...]. */
  function unpack(steps) {
    const points = [];
    let lon = 0, lat = 0;
    for (let k = 0; k < steps.length; k += 2) {
      lon += steps[k];
      lat += steps[k + 1];
      points.push([lat / 1e5, lon / 1e5]);
    }
    return points;
  }

  function styleOf(kind) { return STYLED.indexOf(kind) < 0 ? 'other' : kind; }

  L.hexBase = function (map, city) {
    Object.keys(PANES).forEach(function (name) {
      const pane = map.createPane(name);
      pane.style.zIndex = PANES[name];
      pane.style.pointerEvents = 'none';
    });
    map.getPane('names').classList.add('names');
    L.control.scale({ imperial: false, maxWidth: 110, position: 'bottomright' }).addTo(map);
    const ground = L.svg({ pane: 'ground', padding: 0.3 }), outlines = L.svg({ pane: 'outlines', padding: 0.3 });

    function draw(renderer, rings, className) {
      return L.polygon(rings.map(unpack), {
        renderer: renderer, pane: renderer.options.pane, interactive: false, className: className,
        color: 'transparent', fillColor: 'transparent'     // unseen until the style sheet has come
      });
    }
    draw(ground, city.land, 'land').addTo(map);
    if (city.water.length) draw(ground, city.water, 'water').addTo(map);
    map.kindLayers = {};
    map.namedAreas = [];
    Object.keys(city.kinds).forEach(function (kind) {
      const layer = map.kindLayers[kind] = L.layerGroup(), areas = city.kinds[kind];
      const onGround = GROUND.indexOf(kind) >= 0, plain = PLAIN.indexOf(kind) >= 0;
      const rings = [].concat.apply([], areas.map(function (area) { return area.rings; }));
      if (onGround) layer.addLayer(draw(ground, rings, kind));
      if (!onGround && !plain) layer.addLayer(draw(outlines, rings, 'casing'));
      if (!onGround) layer.addLayer(draw(outlines, rings, 'area ' + styleOf(kind)));
      areas.forEach(function (area) { map.namedAreas.push({ kind: kind, name: area.name, at: unpack(area.at)[0] }); });
    });
    map.on('zoomend moveend resize', function () { placeNames(map); });
    fitWhenShown(map, L.latLngBounds(unpack(city.extent)));
  };

  /* Show the whole city beside the legend, until the planner takes hold of the map. */
  function fitWhenShown(map, extent) {
    const box = map.getContainer();
    let taken = false;
    ['mousedown', 'wheel', 'keydown', 'touchstart'].forEach(function (name) {
      box.addEventListener(name, function () { taken = true; }, { capture: true, passive: true });
    });
    map.takeView = function () { taken = true; };
    function fit() {
      if (taken) return;
      map.invalidateSize({ animate: false });
      const legend = box.querySelector('.legend'), wide = legend ? legend.offsetWidth : 200, size = map.getSize();
      if (size.y < 100 || size.x < wide + 120) return;
      const beside = size.x > 2 * wide + 100;
      map.fitBounds(extent, { animate: false, paddingTopLeft: [beside ? wide + 16 : 12, 28], paddingBottomRight: [12, 12] });
    }
    new ResizeObserver(fit).observe(box);
    map.on('furnished', fit);
  }

  function touches(box, others) {
    return others.some(function (o) { return box[0] < o[2] && box[2] > o[0] && box[1] < o[3] && box[3] > o[1]; });
  }

  function boxAt(x, y, wide, high) { return [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]; }

  /* Greedy, in the order rank numbers, markets, sites, others, communities. A name that would touch another name, a rank number or a
   * flagged cell in all seven positions is left out. */
  function placeNames(map) {
    const pane = map.getPane('names'), furniture = map.furniture;
    pane.textContent = '';
    if (!furniture) return;
    const zoom = map.getZoom(), view = map.getPixelBounds(), origin = map.getPixelOrigin(), taken = [];
    const cell = furniture.cellRadius * 256 * Math.pow(2, zoom) * 0.8;

    function put(className, text, x, y) {
      const label = pane.appendChild(document.createElement('div'));
      label.className = className;
      label.textContent = text;
      label.style.left = (x - origin.x) + 'px';
      label.style.top = (y - origin.y) + 'px';
    }

    furniture.flagged.forEach(function (at) {
      const p = map.project(at);
      taken.push(boxAt(p.x, p.y, 2 * cell, 2 * cell));
    });
    map.namedAreas.forEach(function (area) {               // a name stands beside a small outline, not on it
      if (PLAIN.concat(GROUND).indexOf(area.kind) >= 0 || furniture.shown.indexOf(area.kind) < 0) return;
      const p = map.project(area.at);
      taken.push(boxAt(p.x, p.y, OUTLINE_BOX, OUTLINE_BOX));
    });
    furniture.ranks.forEach(function (rank) {
      const p = map.project(rank.at), size = rank.selected ? 24 : 17;
      const y = p.y - cell - size / 2;
      taken.push(boxAt(p.x, y, size + 4, size + 4));
      if (view.contains(p)) put('rank' + (rank.selected ? ' selected' : ''), rank.text, p.x, y);
    });
    map.namedAreas
      .filter(function (area) {
        const from = area.kind in NAMED_FROM ? NAMED_FROM[area.kind] : NAMED_FROM_OTHER;
        return area.name && zoom >= from && furniture.shown.indexOf(area.kind) >= 0;
      })
      .sort(function (a, b) { return (NAME_ORDER[a.kind] || NAME_ORDER_OTHER) - (NAME_ORDER[b.kind] || NAME_ORDER_OTHER); })
      .forEach(function (area) {
        const p = map.project(area.at);
        if (!view.contains(p)) return;
        const wide = textWidth(area.name) + (zoom < 13 ? 16 : 8), high = zoom < 13 ? 24 : 17;
        TRIED.some(function (step) {
          const x = p.x + step[0], y = p.y + step[1], box = boxAt(x, y, wide, high);
          const inside = box[0] > view.min.x && box[1] > view.min.y && box[2] < view.max.x && box[3] < view.max.y;
          if (!inside || touches(box, taken)) return false;
          taken.push(box);
          put('name ' + styleOf(area.kind), area.name, x, y);
          return true;
        });
      });
  }

  function textWidth(text) {
    let wide = 0;
    for (const letter of text) wide += letter.charCodeAt(0) > 0x2e80 ? 11.5 : 6.3;
    return wide;
  }

  L.HexFurniture = L.Layer.extend({
    initialize: function (furniture) { this.furniture = furniture; },

    onAdd: function (map) {
      const furniture = this.furniture, root = document.documentElement;
      root.lang = furniture.lang;
      Object.keys(furniture.colours).forEach(function (name) { root.style.setProperty('--' + name, furniture.colours[name]); });
      Object.keys(map.kindLayers).forEach(function (kind) {
        const layer = map.kindLayers[kind], wanted = furniture.shown.indexOf(kind) >= 0;
        if (wanted && !map.hasLayer(layer)) layer.addTo(map);
        if (!wanted && map.hasLayer(layer)) layer.remove();
      });
      this._addLegend(map, furniture.legend);
      map.furniture = furniture;
      map.fire('furnished');
      placeNames(map);
      if (furniture.fly && furniture.fly.mark !== map.flownTo) {
        map.flownTo = furniture.fly.mark;
        map.takeView();
        if (!map.getBounds().pad(-0.15).contains(furniture.fly.at)) map.panTo(furniture.fly.at);
      }
    },

    onRemove: function () { this.legend.remove(); },

    _addLegend: function (map, html) {                       // built and escaped in maps.py
      this.legend = L.control({ position: 'bottomleft' });
      this.legend.onAdd = function () {
        const box = L.DomUtil.create('div', 'legend');
        box.innerHTML = html;
        const details = box.querySelector('details');
        details.open = !map.legendFolded;
        details.addEventListener('toggle', function () { map.legendFolded = !details.open; });
        L.DomEvent.disableClickPropagation(box);
        return box;
      };
      this.legend.addTo(map);
    }
  });

  L.hexFurniture = function (furniture) { return new L.HexFurniture(furniture); };
})();
