/* The view on paper and as a picture (PNG): what is seen, without the buttons. The words come with furniture.py. */
(function () {
  'use strict';
  const FINE = 2;
  const PAPER = { x: 1044, y: 588 };                       // pixels: A4 across with margins of a centimetre, room for a head
  const NOT_SEEN = '.leaflet-control-zoom, .leaflet-tooltip-pane, .map-note, .basemap-note';
  const NOTE_MS = 8000;
  const SVG = 'http://www.w3.org/2000/svg';
  const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
  const GLYPH = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1.5 2.5h13v11h-13zM2 12l4-4.5 3 3 2-2 3 3"/><circle cx="10.8" cy="5.6" r="1.1"/></svg>';

  /* The button below those of the zoom, made by the first drawing; each drawing brings its words and the file's name. */
  L.hexPicture = function (map, picture) {
    if (!map.pictureButton) {
      map.pictureButton = L.hexButton(map, 'picture-button', GLYPH, function () { save(map, map.picture); });
      window.addEventListener('beforeprint', function () { L.hexPaper(map, true); });
      window.addEventListener('afterprint', function () { L.hexPaper(map, false); });
      window.matchMedia('print').addEventListener('change', function (event) { L.hexPaper(map, event.matches); });
    }
    map.picture = picture;
    map.pictureButton.title = picture.words.save;
    map.pictureButton.setAttribute('aria-label', picture.words.save);
  };

  /* On paper a map is as wide as a page of A4 and shows what the screen showed, or the whole city where it did. Drawings
   * lie in the place of the canvases, which Chromium prints opaque and coarse. */
  L.hexPaper = function (map, wanted) {
    if (Boolean(map.onScreen) === wanted) return;
    const box = map.getContainer(), seen = map.getBounds(), screen = map.onScreen;
    if (wanted) {
      map.onScreen = { style: box.style.cssText, center: map.getCenter(), zoom: map.getZoom() };
      box.style.setProperty('width', PAPER.x + 'px', 'important');
      box.style.setProperty('height', PAPER.y + 'px', 'important');
      map.invalidateSize({ animate: false, pan: false });
      if (seen.contains(map.cityExtent)) map.fitExtent(map.cityExtent);
      else map.fitBounds(seen, { animate: false });
    } else {
      map.onScreen = null;
      box.style.cssText = screen.style;
      map.invalidateSize({ animate: false, pan: false });
      map.setView(screen.center, screen.zoom, { animate: false });
    }
    L.hexNames(map);
    map.eachLayer(function (layer) { if (layer instanceof L.Renderer) layer._update(); });  // setView leaves them between pixels
    box.querySelectorAll('.on-paper').forEach(function (drawing) { drawing.remove(); });
    canvases(map).forEach(function (renderer) {
      const canvas = renderer._container;
      if (wanted) canvas.after(drawingOf(renderer));
      canvas.classList.toggle('off-paper', wanted);
    });
  };

  function canvases(map) {
    const found = [];
    map.eachLayer(function (layer) { if (layer instanceof L.Canvas) found.push(layer); });
    return found;
  }

  /* What a canvas shows as an SVG in its place: its layers are asked to draw once more, with another pen. */
  function drawingOf(renderer) {
    const box = renderer._bounds, size = box.getSize(), svg = document.createElementNS(SVG, 'svg'), ctx = renderer._ctx;
    svg.setAttribute('viewBox', [box.min.x, box.min.y, size.x, size.y].join(' '));
    svg.setAttribute('class', 'on-paper');
    svg.style.cssText = renderer._container.style.cssText;
    renderer._ctx = penOn(svg);
    renderer._drawing = true;
    Object.keys(renderer._layers).forEach(function (id) { renderer._layers[id]._updatePath(); });
    renderer._drawing = false;
    renderer._ctx = ctx;
    return svg;
  }

  /* As much of a canvas context as hexcells.js and Leaflet's circles use. */
  function penOn(svg) {
    let line = '';

    function at(x, y) { return x.toFixed(2) + ' ' + y.toFixed(2); }

    function ink(attributes) {
      if (!line) return;
      const path = svg.appendChild(document.createElementNS(SVG, 'path'));
      path.setAttribute('d', line);
      Object.keys(attributes).forEach(function (name) { path.setAttribute(name, attributes[name]); });
    }

    return {
      globalAlpha: 1,
      lineJoin: 'miter',
      beginPath: function () { line = ''; },
      moveTo: function (x, y) { line += 'M' + at(x, y); },
      lineTo: function (x, y) { line += 'L' + at(x, y); },
      closePath: function () { line += 'Z'; },
      arc: function (x, y, r) { line += 'M' + at(x - r, y) + 'a' + [r, r, 0, 1, 0, 2 * r, 0].join(' ') + 'a' + [r, r, 0, 1, 0, -2 * r, 0].join(' ') + 'Z'; },
      fill: function () { ink({ fill: this.fillStyle, 'fill-opacity': this.globalAlpha }); },
      stroke: function () {
        ink({ fill: 'none', stroke: this.strokeStyle, 'stroke-opacity': this.globalAlpha, 'stroke-width': this.lineWidth, 'stroke-linejoin': this.lineJoin });
      }
    };
  }

  function save(map, picture) {
    const size = map.getSize(), copied = copyOf(map), image = new Image();
    if (copied.foreign) tell(map, picture.words.bare);
    image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(asSvg(copied.copy, size));
    image.decode().then(function () {
      const canvas = document.createElement('canvas');
      canvas.width = FINE * size.x;
      canvas.height = FINE * size.y;
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      return new Promise(function (resolve) { canvas.toBlob(resolve, 'image/png'); });
    }).then(function (blob) {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = picture.file;
      link.click();
      setTimeout(function () { URL.revokeObjectURL(link.href); }, NOTE_MS);
    }).catch(function () { tell(map, picture.words.failed); });  // too large for this browser
  }

  /* The map's elements once more: our canvases as drawings, other pictures as data. Those of another host the browser does
   * not let us read: then the whole base map is left out, and the ground shown instead. */
  function copyOf(map) {
    const box = map.getContainer(), copy = box.cloneNode(true), drawn = Array.from(box.querySelectorAll('canvas, img'));
    const copies = Array.from(copy.querySelectorAll('canvas, img'));
    let foreign = false;
    canvases(map).forEach(function (renderer) { copies[drawn.indexOf(renderer._container)].replaceWith(drawingOf(renderer)); });
    copies.forEach(function (element, k) {
      if (!element.parentNode) return;                     // replaced already
      const data = dataOf(drawn[k]), picture = document.createElement('img');
      foreign = foreign || !data;
      picture.className = element.className;
      picture.style.cssText = element.style.cssText;
      picture.src = data || '';
      element.replaceWith(picture);
    });
    if (foreign) {
      copy.classList.remove('on-basemap');
      copy.querySelectorAll('.leaflet-basemap-pane, .leaflet-control-attribution').forEach(function (gone) { gone.remove(); });
    }
    copy.querySelectorAll(NOT_SEEN).forEach(function (gone) { gone.remove(); });
    return { copy: copy, foreign: foreign };
  }

  function dataOf(drawn) {
    let canvas = drawn;
    if (drawn.tagName === 'IMG') {
      canvas = document.createElement('canvas');
      canvas.width = drawn.naturalWidth || 1;
      canvas.height = drawn.naturalHeight || 1;
      if (drawn.naturalWidth) canvas.getContext('2d').drawImage(drawn, 0, 0);
    }
    try {
      return canvas.toDataURL();
    } catch (fault) {
      if (fault.name !== 'SecurityError') throw fault;
      return null;
    }
  }

  /* An SVG that holds the copy with every rule of style; an SVG shown as an image asks nobody for anything. */
  function asSvg(copy, size) {
    const root = document.createElement('div'), rules = root.appendChild(document.createElement('style'));
    root.lang = document.documentElement.lang;
    root.style.cssText = document.documentElement.style.cssText;  // the colours
    rules.textContent = Array.from(document.styleSheets).map(function (sheet) {
      return Array.from(sheet.cssRules).map(function (rule) { return rule.cssText; }).join('\n');
    }).join('\n');
    copy.removeAttribute('id');
    copy.style.cssText += ';position:relative!important;margin:0!important;width:' + size.x + 'px!important;height:' + size.y + 'px!important';
    root.appendChild(copy);
    const text = new XMLSerializer().serializeToString(root).replace(NOT_IN_XML, '\ufffd');
    return '<svg xmlns="' + SVG + '" width="' + FINE * size.x + '" height="' + FINE * size.y + '" viewBox="0 0 ' +
      size.x + ' ' + size.y + '"><foreignObject width="' + size.x + '" height="' + size.y + '">' + text + '</foreignObject></svg>';
  }

  function tell(map, sentence) {
    const note = L.control({ position: 'topright' });
    note.onAdd = function () {
      const text = L.DomUtil.create('div', 'map-note');
      text.setAttribute('role', 'status');
      text.textContent = sentence;
      return text;
    };
    note.addTo(map);
    setTimeout(function () { note.remove(); }, NOTE_MS);
  }
})();
