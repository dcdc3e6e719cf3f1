// What the planner does in the browser: map styling, selection, the address bar, play, theme, 3D badges. Read by Dash from assets/.
(() => {
  const ns = (window.ns = { hideout: null, layers: {}, weeks: {}, cell: null, area: null });
  const dash = (window.dash_clientside = window.dash_clientside || {});
  const NO = () => dash.no_update;
  const who = () => dash.callback_context.triggered_id;
  const $ = (query) => document.querySelector(query);
  const OWN = ["formula", "better", "capacity", "price", "capex", "opex", "station-gap", "budget", "method"];
  const TEXTS = { formula: 200, better: 4, method: 6 };   // the others are numbers
  const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  const WHY = { water: "Open water", green: "Park, forest, field", near: "Near a station", excluded: "Excluded area" };
  const number = (x) => (x === 0 ? "0" : Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en") : String(Number(x.toPrecision(3))));
  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const later = (attempt, left = 80) => { if (!attempt() && left) setTimeout(() => later(attempt, left - 1), 100); };

  // Hatches of cells that cannot be chosen: SVG patterns that a Leaflet path names as its fill colour.
  const hatch = (id, body, s = 8) =>
    `<pattern id="hx-${id}" width="${s}" height="${s}" patternUnits="userSpaceOnUse"><rect width="${s}" height="${s}" class="hx-bg"/>${body}</pattern>`;
  const diagonal = `<path d="M-2 2l4-4M0 8l8-8M6 10l4-4" class="hx-ln" stroke-width="1"/>`;
  addEventListener("DOMContentLoaded", () =>
    document.body.insertAdjacentHTML("beforeend", `<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>` +
      hatch("low", "") +
      hatch("water", `<path d="M0 3q2-2 4 0t4 0" fill="none" stroke="#9fd0ff" stroke-opacity=".34" stroke-width="1"/>`) +
      hatch("green", `<circle cx="2" cy="2" r="1" fill="#cfe8c4" fill-opacity=".42"/><circle cx="6" cy="6" r="1" fill="#cfe8c4" fill-opacity=".42"/>`) +
      hatch("near", diagonal) +
      hatch("excluded", diagonal + `<path d="M-2 6l4 4M0 0l8 8M6-2l4 4" class="hx-ln" stroke-width="1"/>`) +
      hatch("failed", `<path d="M2 2l4 4M6 2l-4 4" stroke="#ff9d7a" stroke-width="1.2"/>`) + `</defs></svg>`));

  // The input of an upload is Dash's own: it is named by its button.
  later(() => { const inputs = document.querySelectorAll(".menu input[type=file]"); inputs.forEach((input) => input.setAttribute("aria-label", input.parentElement.textContent.trim() || "File")); return inputs.length >= 2; });

  // A cell's look: a hatch where it cannot take a site, else its colour on the ramp.
  const look = (h, { i, why }) => {
    const line = { color: "#0b1016", opacity: 0.35, weight: 0.6 };
    if (!h || !h.state) return { fillOpacity: 0, weight: 0 };
    if (why) return { fillColor: `url(#hx-${why})`, fillOpacity: h.state === "ready" ? 1 : 0.6, weight: 0 };
    if (!h.t) return { ...line, color: "#fff", opacity: 0.28, fillColor: "#0b1016", fillOpacity: 0.22 };
    if (h.failed[i]) return { ...line, fillColor: "url(#hx-failed)", fillOpacity: 1 };
    if (h.low[i]) return { ...line, fillColor: "url(#hx-low)", fillOpacity: 1 };
    const t = Math.min(0.9999, Math.max(0, h.t[i])), k = Math.floor(t * h.ramp.length);
    return { ...line, fillColor: h.ramp[k], fillOpacity: (0.36 + 0.38 * t) * (h.state === "ready" ? 1 : 0.7) };
  };

  // Functional properties of the map's layers. `hideout` carries numbers only; ids and reasons sit in the features.
  ns.map = {
    cell(feature, context) {
      const h = context.hideout;
      if (h && h.state) ns.hideout = h;
      return look(h, feature.properties);
    },
    before: (feature, context) => ({ ...look(context.hideout, feature.properties), interactive: false }),
    tip(feature, layer) {
      const { i, id, why } = feature.properties;
      // Listeners for focus make an SVG path a tab stop: 900 of them before the next control. The list does what cells do.
      layer.on("add", () => { if (layer._path) layer._path.setAttribute("tabindex", "-1"); ns.layers[id] = layer; if (ns.leaflet !== layer._map) { ns.leaflet = layer._map; ns.fit(); } });
      layer.on("remove", () => { if (ns.layers[id] === layer) delete ns.layers[id]; });
      const says = () => {
        const h = ns.hideout;
        if (why) return WHY[why] || "Excluded area";
        if (!h || !h.t) return "not scored yet";
        if (h.failed[i]) return "no usable result";
        if (h.raw[i] === null) return "no value";
        return ["", "below the floor, ", "barred by a limit, "][h.low[i]] + `${number(h.raw[i])} ${h.unit}`;
      };
      layer.bindTooltip(() => `<b>${id}</b> ${says()}`, { sticky: true, direction: "top", offset: [0, -8], className: "tip" });
    },
    // Amber is for what is chosen: zones differ by line and shade.
    zone: (feature) => ({ interactive: false, ...{ exclude: { color: "#fff", weight: 1.5, dashArray: "6 4", fillColor: "#0b1016", fillOpacity: 0.35 },
      include: { color: "#7fd6a4", weight: 2, fill: false }, cost: { color: "#8fa8e0", weight: 2, dashArray: "2 4", fillColor: "#8fa8e0", fillOpacity: 0.12 },
    }[feature.properties.kind] }),
    dense: (feature, context) => ({ fillColor: feature.properties.c, fillOpacity: context.hideout && context.hideout.on ? 0.5 : 0, weight: 0, interactive: false }),
    compared: (feature) => { const { c, line } = feature.properties; return { fillColor: c || "#0b1016", fillOpacity: c ? 0.72 : 0.12, color: line || "#0b1016", opacity: line ? 0.95 : 0.35, weight: line ? 2 : 0.4 }; },
    // Maps of the compare page move together.
    linked(feature, layer) {
      layer.bindTooltip(escape(feature.properties.text), { sticky: true, direction: "top", offset: [0, -8], className: "tip" });
      layer.on("add", () => {
        if (layer._path) layer._path.setAttribute("tabindex", "-1");
        const map = layer._map;
        ns.maps = (ns.maps || []).filter((one) => one.getContainer().isConnected);
        if (ns.maps.includes(map)) return;
        ns.maps.push(map);
        map.on("move", () => { if (ns.following) return; ns.following = true; ns.maps.forEach((one) => { if (one !== map) one.setView(map.getCenter(), map.getZoom(), { animate: false }); }); ns.following = false; });
      });
    },
    selection: () => ({ color: "#ffb224", weight: 2.5, fill: false, interactive: false, className: "sel" }),
    pin(feature, latlng, context) {
      const { rank, id } = feature.properties, on = context.hideout && context.hideout.on === id;
      return L.marker(latlng, { interactive: false, keyboard: false, zIndexOffset: on ? 999 : 100 - rank,
        icon: L.divIcon({ html: `<b>${rank}</b>`, className: "pin" + (on ? " on" : ""), iconSize: [22, 22] }) });
    },
    // What a scenario puts on the map: sites and POIs can be dragged; what they become is asked of the server.
    supposed(feature, latlng) {
      const { part, index, name, on } = feature.properties, moves = part === "site" || part === "added";
      return L.marker(latlng, { draggable: moves, keyboard: false, zIndexOffset: 200,
        icon: L.divIcon({ html: "<b></b>", className: `sup sup-${part}${on ? "" : " off"}`, iconSize: part === "site" ? [22, 22] : [12, 12] }) })
        .on("dragend", (event) => { const at = event.target.getLatLng(); dash.set_props("moved", { data: { part, index, lon: at.lng, lat: at.lat } }); })
        .bindTooltip(`<b>${escape(name)}</b>${part === "site" ? (on ? " supposed, drag to move" : " switched off") : " added, drag to move"}`, { direction: "top", offset: [0, -10], className: "tip" });
    },
    built: () => ({ color: "#7fd6a4", weight: 2, dashArray: "8 3 2 3", fillColor: "#7fd6a4", fillOpacity: 0.1, interactive: false }),
    station(feature, latlng) {
      const { id, load, text, off } = feature.properties, hot = off ? " out" : load > 0.85 ? " hot" : "";
      const ring = load === null ? 0 : Math.min(1, load);
      return L.marker(latlng, { keyboard: false, icon: L.divIcon({ html: `<b style="--u:${ring.toFixed(2)}"></b>`, className: "st" + hot, iconSize: [18, 18] }) })
        .bindTooltip(`<b>${escape(id)}</b> ${escape(text)}`, { direction: "top", offset: [0, -10], className: "tip" });
    },
  };

  // The map is fitted so that no panel covers the study area; a window that changes size fits again.
  ns.fit = () => {
    const map = ns.leaflet, box = ns.area && ns.area.bounds;
    if (!map || !box) return;
    map.invalidateSize({ animate: false });
    const wide = innerWidth > 1100, edge = (q, side, other) => { const e = $(q); return wide && e ? e.getBoundingClientRect()[side] : other; };
    map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { animate: false,
      paddingTopLeft: [edge(".col", "right", 0) + 16, 24],
      paddingBottomRight: [wide ? innerWidth - edge(".insp", "left", innerWidth) + 32 : 16, wide ? innerHeight - edge(".dock", "top", innerHeight) + 24 : 16] });
  };
  // The columns of the 3D map at an hour: colour and height of what is drawn already, nothing is asked of the server.
  ns.rise = (loads, hour, paint) => {
    const map = ns.map3d, source = map && map.getSource && map.getSource("columns"), index = (ns.index && ns.index.by) || {};
    if (!source || !ns.columns) return;
    ns.columns.features.forEach((f) => {
      const cell = index[f.id], t = cell ? Math.min(0.9999, Math.max(0, loads[cell.properties.i * 168 + hour] / paint.hour_top)) : 0;
      f.properties = { h: ns.columns.low + ns.columns.rise * t ** 1.6, c: paint.ramp[Math.floor(t * paint.ramp.length)] };
    });
    source.setData(ns.columns);
  };
  ns.swipe = () => {
    const map = ns.leaflet, pane = map && map.getPane("cells");
    if (!pane) return;
    if (!ns.swiping) { ns.swiping = true; map.on("move zoomend resize", () => ns.swipe()); }
    const share = document.documentElement.classList.contains("present") ? ns.swiped || 0 : 0, size = map.getSize();
    const a = map.containerPointToLayerPoint([0, 0]), b = map.containerPointToLayerPoint(size), bar = $(".swipe").getBoundingClientRect();
    const at = share ? bar.left + ((bar.right - bar.left) * share) / 100 : 0;   // between the panels, where the map can be seen
    pane.style.clip = share ? `rect(${a.y}px, ${b.x}px, ${b.y}px, ${a.x + at}px)` : "";
    const before = map.getPane("before");   // left of the divider: the area as it is, while a scenario is shown
    if (before) { before.style.display = share ? "" : "none"; before.style.clip = `rect(${a.y}px, ${a.x + at}px, ${b.y}px, ${a.x}px)`; }
    // Sites, POIs and picks of the scenario do not lie on the area as it is.
    map.getPane("markerPane").querySelectorAll(".sup, .pin").forEach((el) => { el.style.visibility = share && ns.supposes && el._leaflet_pos && el._leaflet_pos.x < a.x + at ? "hidden" : ""; });
    $(".m2d").style.setProperty("--at", share ? `${at}px` : "-9px");
  };
  addEventListener("resize", () => { clearTimeout(ns.resizing); ns.resizing = setTimeout(ns.fit, 150); });

  const feature = (cells, id) => (ns.index && ns.index.of === cells ? ns.index.by : (ns.index = { of: cells, by: Object.fromEntries(((cells && cells.features) || []).map((f) => [f.properties.id, f])) }).by)[id];
  const middle = (f) => { const c = f.geometry.coordinates[0]; return [(c[0][0] + c[2][0]) / 2, (c[0][1] + c[2][1]) / 2]; };
  const collection = (features) => ({ type: "FeatureCollection", features });
  const pick = (id) => dash.set_props("cell", { data: { area: ns.area.name, id } });
  const busy = (target) => target.closest("input, textarea, select, [role=slider], [role=radio], [role=option], .ag-root, .page, summary, a");

  // Keys: arrows move the selected cell, space plays the week.
  addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && $("details.menu[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); return; }
    const on = event.target === document.body || event.target.closest(".leaflet-container, .top-list, #app") === event.target || !busy(event.target);
    if (!$(".app.p-plan") || event.ctrlKey || event.metaKey || event.altKey) return;
    const letters = on || !event.target.closest("input:not([type=range]), textarea, select, .ag-root, .page");   // a button has no use for them
    if (letters && event.key === "c") { $("#pin").click(); event.preventDefault(); }
    if (letters && (event.key === "p" || (event.key === "Escape" && document.documentElement.classList.contains("present")))) { $("#present").click(); event.preventDefault(); }
    if (!on) return;
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key], at = ns.cell && /^R(\d+)C(\d+)$/.exec(ns.cell);
    if (step && at) {
      const two = (text, by) => String(Number(text) + by).padStart(text.length, "0"), id = `R${two(at[1], step[0])}C${two(at[2], step[1])}`;
      if (ns.layers[id]) pick(id);
      event.preventDefault();
    }
    if (event.key === " " && !event.target.closest("button")) { $("#play").click(); event.preventDefault(); }
  });
  addEventListener("click", (event) => document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!event.target.isConnected) return; if (menu.dataset.keep && !menu.contains(event.target)) return; if (!menu.contains(event.target) || event.target.closest("button:not([data-stay])")) menu.open = false; }));

  // A word that stays until it is clicked away or ten seconds have passed.
  const tell = (text) => {
    document.querySelectorAll(".toast").forEach((old) => old.remove());
    document.body.insertAdjacentHTML("beforeend", `<button class="toast" role="alert">${escape(text)}</button>`);
    const toast = $(".toast");
    toast.addEventListener("click", () => toast.remove());
    setTimeout(() => toast.remove(), 10000);
  };

  const week = (url, cells) => (ns.weeks[url] = ns.weeks[url] || fetch(url).then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.arrayBuffer(); })
    .then((bytes) => new Float32Array(bytes)).catch((fault) => { delete ns.weeks[url]; throw fault; }));

  const mark = () => {
    document.querySelectorAll(".top-row").forEach((row) => { const on = row.dataset.cell === ns.cell; row.classList.toggle("on", on); row.setAttribute("aria-pressed", on); });
  };

  // Zones in a link: kind~cost~name~lon,lat;lon,lat of each outer ring, joined by |. What the server cannot use it refuses.
  const packed = (features) => features.map((f) => [f.properties.kind, f.properties.cost || 0, f.properties.name.replace(/[~|]/g, " "),
    (f.geometry.type === "Polygon" ? [f.geometry.coordinates] : f.geometry.coordinates).map((rings) => rings[0].map((p) => p.map((x) => +x.toFixed(5)).join(",")).join(";")).join("!")].join("~")).join("|");
  const unpacked = (text) => text.slice(0, 4000).split("|").map((one) => { const [kind, cost, name, parts] = one.split("~");
    return { type: "Feature", properties: { kind, name, cost: Number(cost) }, geometry: { type: "MultiPolygon", coordinates: (parts || "").split("!").map((ring) => [ring.split(";").map((p) => p.split(",").map(Number))]) } }; });

  dash.ns = {
    theme(clicks) {
      const asked = new URLSearchParams(location.search).get("theme");
      if (!ns.theme) { let kept = null; try { kept = localStorage.getItem("ns-theme"); } catch { /* storage may be switched off */ } ns.theme = asked || kept || "dark"; if (ns.theme !== "light") ns.theme = "dark"; }
      else if (clicks) { ns.theme = ns.theme === "dark" ? "light" : "dark"; try { localStorage.setItem("ns-theme", ns.theme); } catch { /* as above */ } }
      return [ns.theme, ns.theme];
    },
    shell(session, view, path, playing, mode, area) {
      const page = (path || "/").split("/")[1] || "plan";
      document.querySelectorAll(".top nav a").forEach((a) => (a.id === "nav-" + page ? a.setAttribute("aria-current", "page") : a.removeAttribute("aria-current")));
      if (ns.page !== page || ns.view !== view) setTimeout(() => { if (ns.leaflet) ns.leaflet.invalidateSize({ animate: false }); dispatchEvent(new Event("resize")); }, 60);
      ns.page = page; ns.view = view;
      const state = (session && session.state) || "empty", stations = area && !area.stations ? " no-stations" : "";
      return `app is-${state} v${(view || "2D").toLowerCase()} by-${mode} p-${page}${playing ? " playing" : ""}${stations}`;
    },
    stale(session, asked, paint) {   // what is shown is another area's still
      return asked && ((session && session.area !== asked) || (paint && paint.area && paint.area !== asked)) ? "stage stale" : "stage";
    },
    // A link restores the view; what it names is checked again by the server.
    restore(search, areas, utilities) {
      const q = new URLSearchParams(search || ""), lost = [];
      const known = (key, fits) => q.has(key) && (fits(q.get(key)) || (lost.push(`${key}=${q.get(key)}`), false));
      const n = (key, other, low = 0, high = 1e9) => (known(key, (text) => text !== "" && Number(text) >= low && Number(text) <= high) ? Number(q.get(key)) : other);
      if (ns.restored && !search) return Array(19).fill(NO());
      ns.restored = true;
      const names = (areas || []).map((a) => a.value), area = known("area", (text) => names.includes(text)) ? q.get("area") : names[0] || null;
      const utility = known("utility", (text) => (utilities || []).some((u) => u.value === text)) ? q.get("utility") : "lsi";
      const cell = known("cell", (text) => /^R\d{2,3}C\d{2,3}$/.test(text)) ? { area, id: q.get("cell") } : null;
      const draws = n("draws", null, 1, 256), seed = n("seed", null, 0, 2147483647);
      const k = n("k", 10, 0, 50), gap = n("gap", 300, 0, 2000), floor = n("floor", null);
      const view = known("view", (text) => text === "2D" || text === "3D") ? q.get("view") : "2D";
      const own = OWN.map((key) => (!q.has(key) ? NO() : TEXTS[key] ? q.get(key).slice(0, TEXTS[key]) : n(key, NO(), 0, 1e12)));
      const zones = q.has("zones") ? { area, type: "FeatureCollection", features: unpacked(q.get("zones")) } : NO();
      if (lost.length) tell(`The link asks for ${lost.join(", ")}, which does not exist here: the usual is shown instead.`);
      return [area, utility, k, gap, floor, draws === null ? NO() : draws, seed === null ? NO() : seed, cell, view, ...own, zones];
    },
    link(area, utility, k, floor, auto, gap, draws, seed, cell, view, path, ...rest) {
      const first = rest.pop(), zones = rest.pop();
      if ((path || "/") !== "/" || !area) return NO();
      const least = (field, low) => (field === "" || field === null ? low : field);   // an emptied field counts as its least value
      const q = new URLSearchParams({ area, utility, k: least(k, 0) });
      if (floor !== auto && auto !== null) q.set("floor", floor);
      if (gap !== 300) q.set("gap", least(gap, 0));
      if (draws !== first.draws) q.set("draws", least(draws, 1));
      if (seed !== first.seed) q.set("seed", least(seed, 0));
      if (cell && cell.area === area && !cell.auto) q.set("cell", cell.id);
      if (view === "3D") q.set("view", view);
      OWN.forEach((key, i) => { if (rest[i] !== first[key] && (utility === "custom" || (key !== "formula" && key !== "better"))) q.set(key, least(rest[i], 0)); });
      const marked = zones && zones.area === area && zones.features.length ? packed(zones.features) : "";
      if (marked && marked.length <= 1500) q.set("zones", marked);
      const far = marked.length > 1500; $(".app").classList.toggle("far-zones", far);
      history.replaceState(history.state, "", "/?" + q);
      return String(q);
    },
    place(place) {
      if (!place) return NO();
      ns.area = place;   // its cells may be on the map already: each layer enters and leaves ns.layers by itself
      later(() => { if (!ns.leaflet) return false; ns.fit(); return true; });
      return "map";
    },
    // Until the user picks a cell, or a link names one, the first pick is selected, whichever it is by now (`auto`).
    choose(click2d, click3d, rows, picks, cells, current) {
      const from = who(), area = ns.area && ns.area.name;
      const clicked = dash.callback_context.triggered.some((one) => one.prop_id === "cells.clickData");
      if (clicked && click2d && click2d.properties) return { area, id: click2d.properties.id };
      if (from === "g3d" && click3d && click3d.points && click3d.points[0]) return { area, id: click3d.points[0].location };
      if (from && from.type === "row") return rows.some(Boolean) ? { area, id: from.cell } : NO();
      if (!picks || !picks.cells) return NO();
      const kept = current && current.area === picks.area;
      if (kept && !current.auto && feature(cells, current.id)) return NO();
      const first = picks.cells[0];
      if (!first) return current && !kept ? null : NO();
      return kept && current.id === first ? NO() : { area: picks.area, id: first, auto: true };
    },
    mark(cell, picks, cells, session) {
      const here = cell && session && session.version > 0 && ns.area && cell.area === ns.area.name ? feature(cells, cell.id) : null, ids = (picks && picks.area === (ns.area && ns.area.name) && picks.cells) || [];
      ns.cell = here ? cell.id : null;
      setTimeout(mark, 30);
      const pins = ids.map((id, k) => { const f = feature(cells, id); return f && { type: "Feature", properties: { id, rank: k + 1 }, geometry: { type: "Point", coordinates: middle(f) } }; }).filter(Boolean);
      const on = ns.cell || "";
      return [collection(here ? [{ type: "Feature", properties: {}, geometry: here.geometry }] : []), collection(pins), { on }, `panel insp ${here ? "has" : "no"}-cell`];
    },
    async paint(paint, hour, mode) {
      const at = `${DAYS[Math.floor(hour / 24)]} ${String(hour % 24).padStart(2, "0")}:00`, chart = $("#g-week .js-plotly-plot");
      if (chart && chart.layout && chart.layout.shapes && chart.layout.shapes.length > 1 && window.Plotly) Plotly.relayout(chart, { "shapes[1].x0": hour, "shapes[1].x1": hour });
      ns.hourly = null;
      if (!paint || mode !== "hour" || !paint.week) ns.turn = (ns.turn || 0) + 1;
      if (!paint) return [NO(), NO(), NO()];
      if (mode !== "hour" || !paint.week) return [paint, mode === "hour" ? at : "Whole week", mode === "hour" ? "after the run" : `line at ${at}`];
      const turn = (ns.turn = (ns.turn || 0) + 1), held = await week(paint.week).catch(() => null);
      if (!held) { tell("The loads of the hours did not arrive: choose Hour again."); return [paint, "Whole week", ""]; }
      if (turn !== ns.turn) return [NO(), NO(), NO()];   // a later hour or plan is on its way
      ns.hourly = [held, hour, paint];
      if (ns.view === "3D") ns.rise(...ns.hourly);
      const loads = ns.hourly[0], cells = paint.raw.length, raw = new Array(cells), t = new Array(cells);
      for (let i = 0; i < cells; i++) { raw[i] = loads[i * 168 + hour]; t[i] = raw[i] / paint.hour_top; }
      return [{ ...paint, raw, t, unit: "GB/h" }, at, "median of draws"];
    },
    play(clicks, playing, mode) {
      if (!clicks) return [NO(), NO(), NO()];
      return [!playing, playing, playing || mode === "hour" ? NO() : "hour"];
    },
    tick: (n, hour) => (hour + 1) % 168,
    // Dash drops an answer when the next question is on its way: over a slow line a steady clock would never hear one.
    beat(n, asked) {
      if (asked && performance.now() - ns.beat < 10000) return NO();   // an answer that takes longer got lost: ask again
      ns.beat = performance.now();
      return n;
    },
    cost: (kind) => kind !== "cost",
    // A cell by its id, or the one that holds a latitude and longitude.
    find(submits, text) {
      const said = String(($("#find") || { value: text }).value || "").trim().toUpperCase(), cells = (ns.index && ns.index.of && ns.index.of.features) || [];
      if (!submits || !said || !ns.area) return NO();
      const place = /^(-?[\d.]+)\s*[,; ]\s*(-?[\d.]+)$/.exec(said);
      const inside = (f, lat, lon) => { const c = f.geometry.coordinates[0]; let odd = false;
        for (let i = 0, j = c.length - 1; i < c.length; j = i++) if (c[i][1] > lat !== c[j][1] > lat && lon < ((c[j][0] - c[i][0]) * (lat - c[i][1])) / (c[j][1] - c[i][1]) + c[i][0]) odd = !odd;
        return odd; };
      const found = place ? cells.find((f) => inside(f, Number(place[1]), Number(place[2]))) : cells.find((f) => f.properties.id === said);
      if (!found) { tell(place ? `${said} lies outside of this study area: give latitude, longitude.` : `There is no cell ${said} here: ids run from ${cells.length ? cells[0].properties.id : "–"} to ${cells.length ? cells[cells.length - 1].properties.id : "–"}.`); return NO(); }
      document.querySelectorAll(".toast").forEach((old) => old.remove());
      return { area: ns.area.name, id: found.properties.id };
    },
    // One key: full screen, large type, and a divider between the picture alone and the plan on it.
    present(clicks) {
      const root = document.documentElement, on = root.classList.toggle("present");
      if (on) document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
      if (on && root.requestFullscreen) root.requestFullscreen().catch(() => 0);   // refused in a frame or by the user: the type is large anyway
      else if (!on && document.fullscreenElement) document.exitFullscreen();
      setTimeout(() => { dispatchEvent(new Event("resize")); ns.swipe(); }, 80);
      return clicks;
    },
    before(paint) { ns.supposes = !!(paint && paint.before); setTimeout(ns.swipe, 50); return [ns.supposes ? paint.before : {}, ns.supposes ? "As it is" : "Imagery"]; },
    // What was refused is told where the panel that says so is closed.
    said(text) { if (text && !$("#sc-menu").open) tell(text); return NO(); },
    swipe(value) { ns.swiped = Number(value) || 0; ns.swipe(); return value; },
    pin(clicks, cell, pinned) {
      const here = pinned && ns.area && pinned.area === ns.area.name ? pinned.cells : [];
      if (who() !== "pin" || !cell || !cell.id || !ns.area) return [NO(), String(!!cell && here.includes(cell.id))];
      if (!here.includes(cell.id) && here.length >= 4) { tell("Four cells are compared at most: select one of them and press Compare to let it go."); return [NO(), "false"]; }
      const cells = here.includes(cell.id) ? here.filter((id) => id !== cell.id) : [...here, cell.id];
      return [{ area: ns.area.name, cells }, String(cells.includes(cell.id))];
    },
    draw: (zone, build) => [{ mode: "polygon", n_clicks: (zone || 0) + (build || 0) }, who() === "sc-draw" ? "build" : "zone"],
    tab: (tab) => `i-full tab-${tab}`,
    badges(figure, picks, cell) {
      later(() => {
        const gd = $("#g3d .js-plotly-plot"), sub = gd && gd._fullLayout && gd._fullLayout.map && gd._fullLayout.map._subplot, map = sub && sub.map, box = $("#badges");
        if (!map || !map.loaded() || !ns.hideout) return false;
        const first = !map.__ns, style = figure && figure.layout && figure.layout.map && figure.layout.map.style;
        if (style && style.sources) {
          ns.map3d = map; ns.columns = { ...JSON.parse(JSON.stringify(style.sources.columns.data)), ...figure.layout.meta.columns };
          if (ns.hourly) ns.rise(...ns.hourly);   // a figure that is drawn anew shows the whole week: back to the hour
        }
        ns.draw = () => {
          const tilt = Math.sin((map.getPitch() * Math.PI) / 180), tall = (figure && figure.layout && figure.layout.meta) || {};
          box.innerHTML = ((picks && picks.cells) || []).map((id, k) => {
            const f = feature(ns.index && ns.index.of, id); if (!f) return "";
            const c = middle(f), p = map.project(c), q = map.project([c[0], c[1] + 0.0009]), h = (tall.heights || {})[id] || 0;   // 0.0009 degrees of latitude are 100 m
            const metre = Math.hypot(q.x - p.x, (q.y - p.y) / Math.cos((map.getPitch() * Math.PI) / 180)) / 100;
            return `<b class="${id === ns.cell ? "on" : ""}" style="left:${p.x}px;top:${p.y - metre * h * tilt}px"><span>${k + 1}</span></b>`;
          }).join("");
        };
        if (first) {
          map.__ns = 1; map.on("move", () => ns.draw());
          if (innerWidth > 1100) map.jumpTo({ padding: { left: 284, right: 392, top: 0, bottom: 128 }, zoom: map.getZoom() + Math.log2((innerWidth - 696) / 740) });
        }
        ns.draw(); return true;
      });
      return NO();
    },
  };
})();
