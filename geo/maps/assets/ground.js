/* What stands under the hexagons: land, water, streets, outlines of areas. Drawn once for a city. See ground.py. */
(function () {
  'use strict';
  const GROUND = ['street'];                               // drawn under the hexagons, filled
  const PLAIN = ['district', 'street_office', 'community'];  // borders without a casing
  const STYLED = PLAIN.concat(GROUND, ['market', 'construction_site']);
  const PANES = { ground: 200, outlines: 400, points: 450, names: 600 };
  const REACH = 4;                                         // pixels from an outline that still point at it
  const LARGE = 40;                                        // pixels across from which it leaves room for the hexagons in it

  L.hexKinds = {
    styleOf: function (kind) { return STYLED.indexOf(kind) < 0 ? 'other' : kind; },
    isGround: function (kind) { return GROUND.indexOf(kind) >= 0; },
    isPlain: function (kind) { return PLAIN.indexOf(kind) >= 0; }
  };

  /* Coordinates travel as whole steps of 1e-5 degrees from point to point: [lon, lat, dlon, dlat, ...]. */
  L.hexUnpack = function (steps) {
    const points = [];
    let lon = 0, lat = 0;
    for (let k = 0; k < steps.length; k += 2) {
      lon += steps[k];
      lat += steps[k + 1];
      points.push([lat / 1e5, lon / 1e5]);
    }
    return points;
  };

  /* The constant part of a map. */
  L.hexFrame = function (map) {
    Object.keys(PANES).forEach(function (name) {
      const pane = map.createPane(name);
      pane.style.zIndex = PANES[name];
      pane.style.pointerEvents = 'none';
    });
    map.getPane('names').classList.add('names');
    map.zoomControl.setPosition('topright');               // the legend needs the left side
    L.control.scale({ imperial: false, maxWidth: 110, position: 'bottomright' }).addTo(map);
    map.above = [];                                        // what, before a hexagon, may lie under the pointer
    map.areas = [];
    let due = 0;
    map.on('zoomend moveend resize', function () {         // the hexagons first, their names in a frame of their own
      if (!due) due = requestAnimationFrame(function () { due = 0; L.hexNames(map); });
    });
    map.on('mousemove', function (event) { pointAtArea(map, event.latlng); });
    map.on('mouseout movestart', function () { leaveArea(map); });
    map.on('click', function (event) {
      const area = areaAt(map, event.latlng);
      if (area) L.hexTell({ area: { id: area.id } });
    });
    map.above.push(function (latlng) { return areaAt(map, latlng); });
  };

  /* Draw the city of this key, unless it is there already. */
  L.hexGround = function (map, key) {
    if (map.cityKey === key) return;
    const city = L.hexPart(key, function (part) { return part; });
    if (!city) return;
    map.cityKey = key;
    const ground = L.svg({ pane: 'ground', padding: 0.3 });
    map.outlineRenderer = L.svg({ pane: 'outlines', padding: 0.3 });
    draw(ground, city.land, 'land').addTo(map);
    if (city.water.length) draw(ground, city.water, 'water').addTo(map);
    map.kindLayers = {};
    Object.keys(city.kinds).forEach(function (kind) {
      const layer = map.kindLayers[kind] = L.layerGroup(), areas = city.kinds[kind];
      const rings = [].concat.apply([], areas.map(function (area) { return area.rings; }));
      if (L.hexKinds.isGround(kind)) layer.addLayer(draw(ground, rings, kind));
      else {
        if (!L.hexKinds.isPlain(kind)) layer.addLayer(draw(map.outlineRenderer, rings, 'casing'));
        layer.addLayer(draw(map.outlineRenderer, rings, 'area ' + L.hexKinds.styleOf(kind)));
      }
      areas.forEach(function (area) {
        map.areas.push({ id: area.id, kind: kind, name: area.name, at: L.hexUnpack(area.at)[0], rings: area.rings });
      });
    });
    fitWhenShown(map, L.latLngBounds(L.hexUnpack(city.extent)));
  };

  /* A layer that marks one area: ink on a halo of the page colour, like the selected cell. */
  L.hexChosenArea = function (map, id) {
    const layer = L.layerGroup(), area = map.areas.find(function (a) { return a.id === id; });
    if (!area) return layer;
    return layer.addLayer(draw(map.outlineRenderer, area.rings, 'halo')).addLayer(draw(map.outlineRenderer, area.rings, 'chosen'));
  };

  function draw(renderer, rings, className) {
    return L.polygon(rings.map(L.hexUnpack), {
      renderer: renderer, pane: renderer.options.pane, interactive: false, className: className,
      color: 'transparent', fillColor: 'transparent'       // unseen until the style sheet has come
    });
  }

  /* The market, site or other outlined area whose outline passes here. A community is chosen by its name: its border
   * belongs to two. */
  function areaAt(map, latlng) {
    const point = map.latLngToLayerPoint(latlng);
    return map.areas.find(function (area) {
      if (L.hexKinds.isPlain(area.kind) || L.hexKinds.isGround(area.kind)) return false;
      if (!map.furniture || map.furniture.shown.indexOf(area.kind) < 0) return false;
      if (!area.lines) area.lines = area.rings.map(function (ring) { return L.polyline(L.hexUnpack(ring)); });
      return area.lines.some(function (line) {
        const box = line.getBounds(), low = map.latLngToLayerPoint(box.getSouthWest()), high = map.latLngToLayerPoint(box.getNorthEast());
        if (Math.max(high.x - low.x, low.y - high.y) < LARGE) return false;
        if (point.x < low.x - REACH || point.x > high.x + REACH || point.y > low.y + REACH || point.y < high.y - REACH) return false;
        const corners = line.getLatLngs().map(function (corner) { return map.latLngToLayerPoint(corner); });
        return corners.some(function (corner, k) {
          return L.LineUtil.pointToSegmentDistance(point, corner, corners[(k + 1) % corners.length]) <= REACH;
        });
      });
    });
  }

  function pointAtArea(map, latlng) {
    const area = areaAt(map, latlng);
    if (!area) return leaveArea(map);
    map.getContainer().classList.add('over-area');
    if (!map.areaTip) map.areaTip = L.tooltip({ direction: 'top', opacity: 1 });
    const text = document.createElement('div');
    text.appendChild(document.createElement('b')).textContent = area.name;
    text.appendChild(document.createElement('div')).textContent = map.furniture.kindNames[area.kind] || area.kind;
    return map.areaTip.setContent(text).setLatLng(latlng).addTo(map);
  }

  function leaveArea(map) {
    map.getContainer().classList.remove('over-area');
    if (map.areaTip) map.areaTip.remove();
  }

  /* Show the whole city beside the legend, until the planner takes hold of the map. */
  function fitWhenShown(map, extent) {
    const box = map.getContainer();
    let taken = false;
    ['mousedown', 'wheel', 'keydown', 'touchstart'].forEach(function (name) {
      box.addEventListener(name, function () { taken = true; }, { capture: true, passive: true });
    });
    map.takeView = function () { taken = true; };
    map.fitExtent = function (bounds) {
      const legend = box.querySelector('.legend'), wide = legend ? legend.offsetWidth : 200, size = map.getSize();
      if (size.y < 100 || size.x < wide + 120) return;
      const beside = size.x > 2 * wide + 100;
      map.fitBounds(bounds, { animate: false, paddingTopLeft: [beside ? wide + 16 : 12, 28], paddingBottomRight: [46, 12] });
    };
    map.cityExtent = extent;
    function fit() {
      if (taken) return;
      map.invalidateSize({ animate: false });
      map.fitExtent(map.aim || extent);
    }
    new ResizeObserver(fit).observe(box);
    map.on('furnished', fit);
  }
})();
