/* The page around the map of an HTML file: a row leads to its place, a hexagon to its row and sentence. See standalone.py. */
(function () {
  'use strict';

  L.hexPage = function (map, told) {
    const rows = Array.from(document.querySelectorAll('tbody tr')), story = document.querySelector('.story');
    const hexagons = layerOf(map, L.HexCells), furniture = layerOf(map, L.HexFurniture);

    function once(column, at) { return column.texts[column.which[at]]; }

    function reason(at) {
      const numbers = told.reasons.numbers[at].split(' ');
      return told.reasons.patterns[told.reasons.which[at]].reduce(function (text, piece, n) { return text + numbers[n - 1] + piece; });
    }

    function say(selector, text) { story.querySelector(selector).textContent = text; }

    function choose(at) {
      const rank = told.ranks[at], style = hexagons.payload.styles[hexagons.path.classes[at]];
      say('h2', (rank ? rank + '. ' : '') + (once(told.places, at) || told.unnamed));
      say('.muted', [once(told.mostly, at), once(told.units, at)].filter(Boolean).join(' · '));
      say('.class', style.label);
      say('.reason', reason(at));
      story.querySelector('.class').style.setProperty('--class', style.fill || 'transparent');
      hexagons.payload.selected = at;
      hexagons.path.redraw();
      map.furniture.ranks.forEach(function (mark) { mark.selected = mark.text === String(rank); });
      L.hexNames(map);
      rows.forEach(function (line) {
        const own = Number(line.dataset.at), chosen = rank ? told.ranks[own] === rank : own === at;
        line.classList.toggle('chosen', chosen);
        line.setAttribute('aria-current', chosen);
        if (chosen) line.scrollIntoView({ block: 'nearest' });
      });
    }

    rows.forEach(function (line) {
      line.addEventListener('click', function () {
        const at = Number(line.dataset.at), centres = hexagons.path.shape.centres;
        choose(at);
        const place = L.CRS.EPSG3857.pointToLatLng(L.point(256 * centres[2 * at], 256 * centres[2 * at + 1]), 0);
        furniture.fly(map, { mark: at, at: place, near: true });
      });
    });
    document.addEventListener('hexward', function (event) {
      if (event.detail.hexagon) choose(event.detail.hexagon.at);
    });
    if (told.first >= 0) choose(told.first);
    window.scrollTo(0, 0);
    document.getElementById('print').addEventListener('click', function () { window.print(); });
  };

  function layerOf(map, kind) {
    let found;
    map.eachLayer(function (layer) { if (layer instanceof kind) found = layer; });
    return found;
  }
})();
