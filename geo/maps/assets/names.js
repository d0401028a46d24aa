/* Names that do not collide, and rank numbers: L.hexNames places them anew whenever the view changes. */
(function () {
  'use strict';
  const NAMED_FROM = { district: 99, street_office: 99, community: 11, market: 13, street: 15 };
  const NAMED_FROM_OTHER = 14;
  const NAME_ORDER = { market: 2, construction_site: 3, community: 5 };
  const NAME_ORDER_OTHER = 4;
  const TRIED = [[0, 0], [0, 16], [0, -16], [22, 0], [-22, 0], [0, 30], [0, -30]];
  const OUTLINE_BOX = 12, HIDDEN_BY = 2;
  const ROOMY = 40;                                        // pixels: a flagged cell so large has room for a name

  function touches(box, others) {
    return others.some(function (o) { return box[0] < o[2] && box[2] > o[0] && box[1] < o[3] && box[3] > o[1]; });
  }

  function boxAt(x, y, wide, high) { return [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]; }

  function hidden(box, points) {                           // how many of them lie in it
    return points.filter(function (p) { return p.x > box[0] && p.x < box[2] && p.y > box[1] && p.y < box[3]; }).length;
  }

  function textWidth(text) {
    let wide = 0;
    for (const letter of text) wide += letter.charCodeAt(0) > 0x2e80 ? 11.5 : 6.3;
    return wide;
  }

  /* Greedy, in the order rank numbers, markets, sites, others, communities. A name that would touch another name, a rank number or a
   * flagged cell in all seven positions is left out. A click on a name chooses its area. */
  L.hexNames = function (map) {
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
      return label;
    }

    if (cell < ROOMY) furniture.flagged.forEach(function (at) {
      const p = map.project(at);
      taken.push(boxAt(p.x, p.y, 2 * cell, 2 * cell));
    });
    map.areas.forEach(function (area) {                    // a name stands beside a small outline, not on it
      if (L.hexKinds.isPlain(area.kind) || L.hexKinds.isGround(area.kind) || furniture.shown.indexOf(area.kind) < 0) return;
      const p = map.project(area.at);
      taken.push(boxAt(p.x, p.y, OUTLINE_BOX, OUTLINE_BOX));
    });
    const small = furniture.smallRanks, sizes = small ? [14, 18] : [17, 24], discs = [];
    const found = furniture.flagged.map(function (at) { return map.project(at); });
    furniture.ranks.slice().sort(function (a, b) { return b.selected - a.selected; }).forEach(function (rank) {
      const p = map.project(rank.at), size = sizes[Number(rank.selected)], away = cell + furniture.rankLift, off = away + size / 2;
      const wide = Math.max(size, (small ? 6 : 7.5) * rank.text.length + 6), beside = away + wide / 2;
      const free = [[0, -off], [beside, 0], [-beside, 0], [0, off]]
        .map(function (step) { return { x: p.x + step[0], y: p.y + step[1] }; })
        .filter(function (at) { return !touches(boxAt(at.x, at.y, wide - HIDDEN_BY, size - HIDDEN_BY), discs); })
        .map(function (at) { return Object.assign(at, { hides: hidden(boxAt(at.x, at.y, wide, size), found) }); })
        .sort(function (a, b) { return a.hides - b.hides; });
      if (!free.length) return;                            // a number that another one would hide is left out
      discs.push(boxAt(free[0].x, free[0].y, wide - HIDDEN_BY, size - HIDDEN_BY));
      taken.push(boxAt(free[0].x, free[0].y, wide + 4, size + 4));
      if (view.contains(p)) put('rank' + (small ? ' small' : '') + (rank.selected ? ' selected' : ''), rank.text, free[0].x, free[0].y);
    });
    map.areas
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
          const label = put('name ' + L.hexKinds.styleOf(area.kind), area.name, x, y);
          L.DomEvent.on(label, 'click', function (event) {
            L.DomEvent.stop(event);
            L.hexTell({ area: { id: area.id } });
          });
          return true;
        });
      });
  };
})();
