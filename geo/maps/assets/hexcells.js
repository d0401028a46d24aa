/* L.hexCells: many hexagons on Leaflet's own canvas, filled in short paths class by class. The payload is described in
 * hexcells.py. Corners are kept as fractions of the Mercator world, so that a zoom is one multiplication. */
(function () {
  'use strict';
  const CORNERS = [[2, 1], [1, 2], [-1, 1], [-2, -1], [-1, -2], [1, -1]];
  const GAP = { share: 0.06, pixels: 1.2, from: 5 };     // land between cells; none under 5 px
  const OUTLINE_FROM = 9, GLYPH_FROM = 11;               // pixels from centre to corner
  const CELLS_PER_PATH = 64;                             // raster cost grows faster than the length of a path
  const NOTHING = { xy: [], starts: [0], centres: [], count: 0, radius: 1, buckets: new Map() };

  function bytes(text) {
    const raw = atob(text), out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  function int16s(text) { return new Int16Array(bytes(text).buffer); }

  /* Numbers of a few bits each, side by side, the highest bit first. */
  function unpack(raw, bits, count) {
    const out = new Uint8Array(count);
    for (let k = 0, at = 0; k < count; k++) {
      let value = 0;
      for (let b = 0; b < bits; b++, at++) value = value << 1 | raw[at >> 3] >> (7 - (at & 7)) & 1;
      out[k] = value;
    }
    return out;
  }

  /* Whole numbers, one too large each; -1 is what was not a number. */
  function varints(text) {
    const raw = bytes(text), out = [];
    for (let i = 0; i < raw.length;) {
      let value = 0, shift = 0;
      do { value += (raw[i] & 127) << shift; shift += 7; } while (raw[i++] & 128);
      out.push(value - 1);
    }
    return out;
  }

  /* Corners from the fitted lattice: for each run of cells, each corner's (i, j) goes through the polynomial. */
  function cornersOfLattice(g) {
    const runs = int16s(g.runs), starts = [0];
    let total = 0, at = 0;
    for (let r = 2; r < runs.length; r += 3) total += runs[r];
    const xy = new Float64Array(total * 12);
    for (let r = 0; r < runs.length; r += 3) {
      for (let k = 0; k < runs[r + 2]; k++) {
        for (const corner of CORNERS) {
          const i = (runs[r] + k + corner[0] / 3 - g.middle[0]) / g.half;
          const j = (runs[r + 1] + corner[1] / 3 - g.middle[1]) / g.half;
          let x = g.origin[0], y = g.origin[1], term = 0;
          for (let a = 0, pi = 1; a <= g.degree; a++, pi *= i) {
            for (let b = 0, pij = pi; b <= g.degree - a; b++, pij *= j, term += 2) {
              x += pij * g.factors[term];
              y += pij * g.factors[term + 1];
            }
          }
          xy[at++] = x;
          xy[at++] = y;
        }
        starts.push(at);
      }
    }
    return { xy, starts };
  }

  function cornersOfQuantised(g) {
    const steps = int16s(g.corners), xy = new Float64Array(steps.length), starts = [0];
    for (let i = 0; i < steps.length; i++) xy[i] = g.origin[i & 1] + (steps[i] + 32768) / 65535 * g.span;
    for (const length of bytes(g.lengths)) starts.push(starts[starts.length - 1] + 2 * length);
    return { xy, starts };
  }

  /* Add centres, extent, the radius of the largest cell, and buckets of that size to find the cell under the pointer. */
  function expand(g) {
    const shape = g.runs ? cornersOfLattice(g) : cornersOfQuantised(g);
    const { xy, starts } = shape, count = starts.length - 1, centres = new Float64Array(2 * count);
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    let radius = 0;
    for (let c = 0; c < count; c++) {
      const corners = (starts[c + 1] - starts[c]) / 2;
      let x = 0, y = 0;
      for (let k = starts[c]; k < starts[c + 1]; k += 2) {
        x += xy[k] / corners;
        y += xy[k + 1] / corners;
        box[0] = Math.min(box[0], xy[k]);
        box[1] = Math.min(box[1], xy[k + 1]);
        box[2] = Math.max(box[2], xy[k]);
        box[3] = Math.max(box[3], xy[k + 1]);
      }
      centres[2 * c] = x;
      centres[2 * c + 1] = y;
      for (let k = starts[c]; k < starts[c + 1]; k += 2) radius = Math.max(radius, Math.hypot(xy[k] - x, xy[k + 1] - y));
    }
    const buckets = new Map();
    for (let c = 0; c < count; c++) {
      const name = Math.floor(centres[2 * c] / radius) + ':' + Math.floor(centres[2 * c + 1] / radius);
      if (buckets.has(name)) buckets.get(name).push(c); else buckets.set(name, [c]);
    }
    return { xy, starts, centres, count, box, radius, buckets };
  }

  /* One Leaflet path for all cells; Leaflet's canvas calls _updatePath whenever the view changes. */
  const CellPath = L.Path.extend({
    options: { fill: true, stroke: false, interactive: false },

    initialize: function (payload) {
      this.payload = payload;
      this.shape = L.hexPart(payload.key, expand) || NOTHING;
      this.classes = unpack(bytes(payload.classes), payload.bits, this.shape.count);
      this.members = payload.styles.map(function () { return []; });
      for (let c = 0; c < this.shape.count; c++) this.members[this.classes[c]].push(c);
    },

    beforeAdd: function (map) {
      if (!map.getPane('hexagons')) {
        const pane = map.createPane('hexagons');
        pane.style.zIndex = 350;
        pane.style.pointerEvents = 'none';
        map.hexRenderer = L.canvas({ pane: 'hexagons', padding: 0.15 }).addTo(map);
      }
      this._renderer = map.hexRenderer;
    },

    redraw: function () {
      if (this._map) this._renderer._updatePath(this);
      return this;
    },
    _reset: function () { this._update(); },
    _project: function () { },
    _containsPoint: function () { return false; },
    _update: function () {
      if (!this._map) return;
      this._pxBounds = this._renderer._bounds || this._map.getPixelBounds();
      this._updatePath();
    },

    _updatePath: function () {
      const renderer = this._renderer, map = this._map;
      if (!renderer._drawing || !map) return;
      const world = 256 * Math.pow(2, map.getZoom()), pixels = this.shape.radius * world;
      const view = { ctx: renderer._ctx, world: world, origin: map.getPixelOrigin(), pixels: pixels };
      view.scale = pixels > GAP.from ? 1 - Math.min(GAP.share, GAP.pixels / pixels) : 1;
      view.min = renderer._bounds.min.subtract([pixels, pixels]);
      view.max = renderer._bounds.max.add([pixels, pixels]);
      this.payload.styles.forEach(function (style, index) { this._drawClass(view, style, this.members[index]); }, this);
      if (this.payload.selected >= 0) this._drawRing(view, this.payload.selected);
    },

    _drawClass: function (view, style, cells) {
      const outlined = style.stroke && view.pixels > (style.from || OUTLINE_FROM);
      if (!style.fill && !outlined) return;
      const centres = this.shape.centres;
      let inPath = 0;
      view.ctx.beginPath();
      for (const cell of cells) {
        const x = centres[2 * cell] * view.world - view.origin.x, y = centres[2 * cell + 1] * view.world - view.origin.y;
        if (x < view.min.x || x > view.max.x || y < view.min.y || y > view.max.y) continue;
        this._trace(view, cell, view.scale);
        if (++inPath === CELLS_PER_PATH) {
          this._ink(view, style, outlined);
          view.ctx.beginPath();
          inPath = 0;
        }
      }
      this._ink(view, style, outlined);
      if (style.glyph && view.pixels > GLYPH_FROM) this._drawGlyphs(view, style, cells);
    },

    _drawGlyphs: function (view, style, cells) {
      const ctx = view.ctx, centres = this.shape.centres;
      ctx.font = Math.min(20, view.pixels * 0.8) + 'px sans-serif';
      ctx.textAlign = 'center';
      ctx.textBaseline = 'middle';
      ctx.fillStyle = style.ink;
      for (const cell of cells) {
        const x = centres[2 * cell] * view.world - view.origin.x, y = centres[2 * cell + 1] * view.world - view.origin.y;
        if (x >= view.min.x && x <= view.max.x && y >= view.min.y && y <= view.max.y) ctx.fillText(style.glyph, x, y);
      }
    },

    _trace: function (view, cell, scale) {
      const { xy, starts, centres } = this.shape, cx = centres[2 * cell], cy = centres[2 * cell + 1];
      for (let k = starts[cell]; k < starts[cell + 1]; k += 2) {
        const x = (cx + (xy[k] - cx) * scale) * view.world - view.origin.x;
        const y = (cy + (xy[k + 1] - cy) * scale) * view.world - view.origin.y;
        if (k > starts[cell]) view.ctx.lineTo(x, y); else view.ctx.moveTo(x, y);
      }
      view.ctx.closePath();
    },

    _ink: function (view, style, outlined) {
      const ctx = view.ctx;
      if (style.fill) {
        ctx.globalAlpha = style.opacity === undefined ? 1 : style.opacity;
        ctx.fillStyle = style.fill;
        ctx.fill();
        ctx.globalAlpha = 1;
      }
      if (outlined) {
        ctx.lineWidth = style.weight || 1;
        ctx.strokeStyle = style.stroke;
        ctx.stroke();
      }
    },

    _drawRing: function (view, cell) {                     // ink on a halo of the page colour
      [[5, this.payload.ring[1]], [2.5, this.payload.ring[0]]].forEach(function (stroke) {
        view.ctx.beginPath();
        this._trace(view, cell, 1);
        view.ctx.lineJoin = 'round';
        view.ctx.lineWidth = stroke[0];
        view.ctx.strokeStyle = stroke[1];
        view.ctx.stroke();
      }, this);
    }
  });

  L.HexCells = L.LayerGroup.extend({
    initialize: function (payload) {
      L.LayerGroup.prototype.initialize.call(this, []);
      this.payload = payload;
      this.path = new CellPath(payload);
      this.addLayer(this.path);
      this.numbers = payload.numbers.map(function (n) {
        return { label: n.label, decimals: n.decimals, values: L.hexPart(n.part, varints) || [] };
      });
    },

    onAdd: function (map) {
      L.LayerGroup.prototype.onAdd.call(this, map);
      this.tip = L.tooltip({ direction: 'top', opacity: 1 });
      map.on({ mousemove: this._point, mouseout: this._leave, movestart: this._leave, click: this._choose }, this);
    },

    onRemove: function (map) {
      map.off({ mousemove: this._point, mouseout: this._leave, movestart: this._leave, click: this._choose }, this);
      this.tip.remove();
      L.LayerGroup.prototype.onRemove.call(this, map);
    },

    /* The cell at a place, or -1. Exact: point in polygon among the cells of nine buckets. */
    cellAt: function (latlng) {
      const { xy, starts, buckets, radius } = this.path.shape;
      const p = L.CRS.EPSG3857.latLngToPoint(latlng, 0), x = p.x / 256, y = p.y / 256;
      const column = Math.floor(x / radius), row = Math.floor(y / radius);
      for (let a = -1; a <= 1; a++) {
        for (let b = -1; b <= 1; b++) {
          for (const cell of buckets.get((column + a) + ':' + (row + b)) || []) {
            let inside = false;
            for (let k = starts[cell], last = starts[cell + 1] - 2; k < starts[cell + 1]; last = k, k += 2) {
              const crosses = (xy[k + 1] > y) !== (xy[last + 1] > y);
              const where = (xy[last] - xy[k]) * (y - xy[k + 1]) / (xy[last + 1] - xy[k + 1]) + xy[k];
              if (crosses && x < where) inside = !inside;
            }
            if (inside) return cell;
          }
        }
      }
      return -1;
    },

    _hidden: function (cell) { return this.payload.styles[this.path.classes[cell]].hidden; },

    _covered: function (latlng) {                          // by an outline or a report, which then is meant
      return (this._map.above || []).some(function (at) { return at(latlng); });
    },

    _describe: function (cell) {                           // textContent: nothing here is read as HTML
      const box = document.createElement('div');
      box.appendChild(document.createElement('b')).textContent = this.payload.styles[this.path.classes[cell]].label;
      this.numbers.forEach(function (n) {
        if (!(n.values[cell] >= 0)) return;
        const row = box.appendChild(document.createElement('div'));
        const number = (n.values[cell] / Math.pow(10, n.decimals)).toFixed(n.decimals);
        row.className = 'tip-row';
        row.appendChild(document.createElement('span')).textContent = n.label.replace('{}', number);
        if (n.label.indexOf('{}') < 0) row.appendChild(document.createElement('span')).textContent = number;
      });
      return box;
    },

    _point: function (event) {
      const cell = this.cellAt(event.latlng), covered = this._covered(event.latlng);
      if (cell < 0 || this._hidden(cell) || covered) return this._leave();
      if (cell !== this.pointed) this.tip.setContent(this._describe(cell));
      this.pointed = cell;
      this.tip.setLatLng(event.latlng).addTo(this._map);
    },

    _leave: function () {
      this.pointed = -1;
      this.tip.remove();
    },

    _choose: function (event) {
      const cell = this.cellAt(event.latlng), covered = this._covered(event.latlng);
      if (cell < 0 || this._hidden(cell) || covered) return;
      this.payload.selected = cell;
      this.path.redraw();                                  // the ring first, then Python
      L.hexTell({ hexagon: { at: cell, key: this.payload.key } });
    }
  });

  L.hexCells = function (payload) { return new L.HexCells(payload); };
})();
