/* An optional base map under everything else: tiles of a service, or a PMTiles archive of this machine. See basemaps.py. */
(function () {
  'use strict';
  const PANE = 'basemap', UNDER_THE_GROUND = 150;
  const GIVE_UP_AFTER = 6;                                 // tiles in a row that did not come
  const AXIS = 6378245, ECCENTRICITY = 0.00669342162296594323;  // Krasovsky 1940; the formulas are those of datum.py
  const CLOSE = 1e-11, STEPS = 12;

  function sine(x) { return Math.sin(x * Math.PI); }

  /* The GCJ-02 shift at a WGS-84 point, in degrees; none outside China. */
  function shiftAt(at) {
    if (at.lng < 72.004 || at.lng > 137.8347 || at.lat < 0.8293 || at.lat > 55.8271) return { lat: 0, lng: 0 };
    const x = at.lng - 105, y = at.lat - 35, root = Math.sqrt(Math.abs(x));
    const waves = 20 * sine(6 * x) + 20 * sine(2 * x);
    let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root;
    north += (waves + 20 * sine(y) + 40 * sine(y / 3)) * 2 / 3 + (160 * sine(y / 12) + 320 * sine(y / 30)) * 2 / 3;
    let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root;
    east += (waves + 20 * sine(x) + 40 * sine(x / 3)) * 2 / 3 + (150 * sine(x / 12) + 300 * sine(x / 30)) * 2 / 3;
    const radians = at.lat * Math.PI / 180, slant = 1 - ECCENTRICITY * Math.pow(Math.sin(radians), 2);
    return {
      lat: north * slant * Math.sqrt(slant) / (AXIS * (1 - ECCENTRICITY)) * 180 / Math.PI,
      lng: east * Math.sqrt(slant) / (AXIS * Math.cos(radians)) * 180 / Math.PI
    };
  }

  L.hexDatum = {
    toGcj: function (at) {
      const shift = shiftAt(at);
      return L.latLng(at.lat + shift.lat, at.lng + shift.lng);
    },

    toWgs: function (at) {
      let lat = at.lat, lng = at.lng;
      for (let step = 0; step < STEPS; step++) {
        const shift = shiftAt({ lat: lat, lng: lng });
        const moved = Math.max(Math.abs(at.lat - shift.lat - lat), Math.abs(at.lng - shift.lng - lng));
        lat = at.lat - shift.lat;
        lng = at.lng - shift.lng;
        if (moved < CLOSE) break;
      }
      return L.latLng(lat, lng);
    }
  };

  /* Tiles cut from a GCJ-02 map, put where WGS-84 has them. Each corner is moved by the shift at that corner, so that
   * neighbours meet without a seam although the shift is not the same for both. */
  const ShiftedTiles = L.TileLayer.extend({
    _getTiledPixelBounds: function (center) {              // of the tiles that will lie under the view
      const view = L.TileLayer.prototype._getTiledPixelBounds.call(this, center), map = this._map, zoom = this._tileZoom;
      const shift = map.project(L.hexDatum.toGcj(center), zoom).subtract(map.project(center, zoom));
      return L.bounds(view.min.add(shift).subtract([2, 2]), view.max.add(shift).add([2, 2]));
    },

    _getTilePos: function (coords) {
      const gcj = this._map.unproject(coords.scaleBy(this.getTileSize()), coords.z);
      return this._map.project(L.hexDatum.toWgs(gcj), coords.z).round().subtract(this._level.origin);
    },

    _addTile: function (coords, container) {
      L.TileLayer.prototype._addTile.call(this, coords, container);
      const tile = this._tiles[this._tileCoordsToKey(coords)].el, corner = this._getTilePos(coords), next = coords.clone();
      next.z = coords.z;
      next.x += 1;
      tile.style.width = this._getTilePos(next).x - corner.x + 'px';
      next.x -= 1;
      next.y += 1;
      tile.style.height = this._getTilePos(next).y - corner.y + 'px';
    }
  });

  /* The pictures of an archive, read piece by piece. */
  const ArchivePictures = L.GridLayer.extend({
    createTile: function (coords, done) {
      const picture = document.createElement('img'), kind = 'image/' + this.options.kind;
      picture.alt = '';
      this.options.archive.getZxy(coords.z, coords.x, coords.y).then(function (tile) {
        if (!tile) return done(null, picture);             // the archive has nothing here
        const url = URL.createObjectURL(new Blob([tile.data], { type: kind }));
        picture.onload = picture.onerror = function (event) {
          URL.revokeObjectURL(url);
          done(event.type === 'error' ? event : null, picture);
        };
        picture.src = url;
        return undefined;
      }).catch(function (fault) { done(fault, picture); });
      return picture;
    }
  });

  /* A way of drawing: `ask` one piece first, so that a service that is not there is asked once and not for every tile;
   * `layers` for a theme and a language. */
  function ofService(map, spec, options) {
    const Tiles = spec.shifted ? ShiftedTiles : L.TileLayer;
    options = Object.assign({ subdomains: spec.subdomains }, options);
    return {
      ask: function () {
        return new Promise(function (resolve, reject) {
          const zoom = Math.max(spec.zooms[0], Math.min(spec.zooms[1], Math.round(map.getZoom()))), rows = Math.pow(2, zoom);
          const at = map.project(spec.shifted ? L.hexDatum.toGcj(map.getCenter()) : map.getCenter(), zoom).divideBy(256).floor();
          const picture = new Image();
          picture.onload = resolve;
          picture.onerror = reject;
          picture.src = L.Util.template(spec.urls[0], { s: spec.subdomains[0], x: at.x, y: at.y, '-y': rows - 1 - at.y, z: zoom });
        });
      },
      layers: function () { return spec.urls.map(function (url) { return new Tiles(url, options); }); }
    };
  }

  function ofArchive(spec, options) {
    const url = location.protocol + '//' + location.hostname + ':' + spec.port + spec.path, pictures = spec.kind !== 'vector';
    const archive = pictures ? new pmtiles.PMTiles(url) : new protomapsL.PmtilesSource(url, true).p;
    const extent = spec.extent;                            // tiles beyond it are not asked for
    if (extent) options.bounds = L.latLngBounds([extent[1], extent[0]], [extent[3], extent[2]]);
    return {
      ask: function () { return archive.getHeader(); },
      layers: function (dark, lang) {
        if (pictures) return [new ArchivePictures(Object.assign({ archive: archive, kind: spec.kind }, options))];
        delete options.maxNativeZoom;                      // it enlarges drawings, not pixels
        return [protomapsL.leafletLayer(Object.assign({
          url: archive, maxDataZoom: spec.zooms[1], flavor: dark ? 'dark' : 'light', lang: lang === 'zh' ? 'zh-Hans' : lang
        }, options))];
      },
      themed: !pictures
    };
  }

  /* Make the base map of a map, hidden. map.showBaseMap(on, fade, dark) shows, fades and hides it; `fade` where colours of
   * cells have to be told apart in steps, `dark` in the dark theme. */
  L.hexBaseMap = function (map, spec) {
    const pane = map.createPane(PANE), box = map.getContainer();
    pane.style.zIndex = UNDER_THE_GROUND;
    pane.style.pointerEvents = 'none';
    const options = { pane: PANE, attribution: '', maxZoom: 24, minNativeZoom: spec.zooms[0], maxNativeZoom: spec.zooms[1] };
    const source = spec.urls ? ofService(map, spec, options) : ofArchive(spec, options);
    const credit = L.control.attribution({ prefix: false, position: 'bottomright' }).addAttribution(spec.attribution);
    const note = L.control({ position: 'topright' });
    note.onAdd = function () {
      const text = L.DomUtil.create('div', 'basemap-note');
      text.setAttribute('role', 'status');
      text.textContent = spec.silent[language()];
      return text;
    };
    pane.classList.toggle('themed', Boolean(source.themed));
    let wanted = false, answer = null, theme = false, layers = [], drawn = '', failures = 0;

    function language() {
      const lang = document.documentElement.lang.slice(0, 2);
      return lang in spec.silent ? lang : 'en';
    }

    function clear() {
      layers.forEach(function (layer) { layer.remove(); });
      layers = [];
      drawn = '';
      box.classList.remove('on-basemap');
      credit.remove();
    }

    function giveUp() {
      clear();
      if (wanted) note.addTo(map);
    }

    function draw(dark) {
      const how = source.themed ? [dark, language()].join() : 'as it is';
      if (!wanted || how === drawn) return;
      clear();
      drawn = how;
      failures = 0;
      layers = source.layers(dark, language());
      layers.forEach(function (layer) {
        layer.on('tileload', function () { failures = 0; });
        layer.on('tileerror', function () { if (++failures === GIVE_UP_AFTER) giveUp(); });
        layer.addTo(map);
      });
      box.classList.add('on-basemap');
      credit.addTo(map);
      credit.getContainer().parentNode.appendChild(credit.getContainer());  // under the scale
    }

    map.showBaseMap = function (on, fade, dark) {
      pane.classList.toggle('faded', Boolean(fade));
      pane.classList.toggle('dark', Boolean(dark));
      theme = Boolean(dark);
      if (!on) {
        wanted = false;
        answer = null;                                     // shown again, it is asked again
        note.remove();
        clear();
      } else if (!wanted) {
        wanted = true;
        const asked = answer = source.ask();
        asked.then(function () { if (answer === asked) draw(theme); }, function () { if (answer === asked) giveUp(); });
      } else if (layers.length) {
        draw(theme);
      }
    };
  };
})();
