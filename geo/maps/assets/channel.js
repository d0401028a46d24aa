/* What the map keeps from one run of the page to the next, and what it tells Python. See channel.py. */
(function () {
  'use strict';
  const kept = new Map();                                  // by key: the part as it came, and what was made of it
  const told = {};
  let asked = false;

  /* Parts travel once. `used` names all that this drawing needs; the rest is forgotten, here as in Python. */
  L.hexKeep = function (parts, used) {
    Object.keys(parts).forEach(function (key) { kept.set(key, { part: parts[key] }); });
    Array.from(kept.keys()).forEach(function (key) { if (used.indexOf(key) < 0) kept.delete(key); });
    asked = false;
    if (window.feature_group) window.feature_group.length = 0;  // streamlit-folium keeps every layer it ever drew
  };

  /* The part of this key as `make` prepares it, once; undefined where it never arrived, and then it is asked for. */
  L.hexPart = function (key, make) {
    const entry = kept.get(key);
    if (entry) {
      if (!('made' in entry)) entry.made = make(entry.part);
      return entry.made;
    }
    if (!asked) L.hexTell({ missing: {} });
    asked = true;
    return undefined;
  };

  /* A component has one value: news is added to what was told before, each piece with a mark of its own. */
  L.hexTell = function (news) {
    Object.keys(news).forEach(function (name) { told[name] = Object.assign({ mark: Date.now() }, news[name]); });
    if (window.Streamlit) window.Streamlit.setComponentValue(Object.assign({}, told));
    document.dispatchEvent(new CustomEvent('hexward', { detail: news }));  // the HTML map listens, page.js
  };
})();
