"use strict";
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const LABEL_PX = 7, LABEL_HIGH_PX = 15, PAGE_ROWS = 200, MOST_HITS = 40, ZOOM_STEP = 1.6;
  let map = null;
  let chosen = "";

  /* ---- one site, chosen anywhere, filters every linked table and the map ---- */
  function choose(site) {
    chosen = site === chosen ? "" : site;
    for (const button of all("button.pick")) {
      const mine = chosen !== "" && button.dataset.site === chosen;
      button.setAttribute("aria-pressed", String(mine));
      button.closest("tr").classList.toggle("chosen-row", mine);
    }
    let served = 0;
    for (const table of all("table[data-linked]")) {
      const totals = table.dataset.linked === "totals";
      for (const row of all("tbody tr", table)) {
        const mine = (row.dataset.site || "") === chosen;
        row.hidden = totals ? !mine : chosen !== "" && !mine;
        if (table.id === "table-assignments" && !row.hidden) served += 1;
      }
    }
    const button = all("button.pick").find((b) => b.dataset.site === chosen);
    byId("chosen").textContent = button
      ? `${button.textContent}: ${served} flows; the tables below show this site only.`
      : "All sites.";
    byId("show-all").hidden = chosen === "";
    byId("site-choice").value = chosen;
    if (map) map.choose(chosen);
  }

  function linkTables() {
    for (const button of all("button.pick")) button.addEventListener("click", () => choose(button.dataset.site));
    const select = byId("site-choice");
    if (!select) return;
    select.addEventListener("change", () => { chosen = ""; choose(select.value); });
    byId("show-all").addEventListener("click", () => { choose(chosen); select.focus(); });
  }

  /* ---- the map ---- */
  function prepareMap(doc) {
    const named = (name) => doc.get_model_by_name(name);
    const plot = named("map"), sites = named("sites"), arcs = named("arcs source"), labels = named("labels");
    const whole = { x: [plot.x_range.start, plot.x_range.end], y: [plot.y_range.start, plot.y_range.end] };
    const ids = sites.data.id, resting = [...arcs.data.resting];

    function view(centre, factor) {
      const wide = Math.min((plot.x_range.end - plot.x_range.start) / factor, whole.x[1] - whole.x[0]);
      const least = (whole.x[1] - whole.x[0]) / 60, span = Math.max(wide, least);
      const high = span * (whole.y[1] - whole.y[0]) / (whole.x[1] - whole.x[0]);
      const clamp = (c, [low, top], half) => Math.min(Math.max(c, low + half), top - half);
      const x = clamp(centre[0], whole.x, span / 2), y = clamp(centre[1], whole.y, high / 2);
      plot.x_range.setv({ start: x - span / 2, end: x + span / 2 });
      plot.y_range.setv({ start: y - high / 2, end: y + high / 2 });
    }
    const centre = () => [(plot.x_range.start + plot.x_range.end) / 2, (plot.y_range.start + plot.y_range.end) / 2];
    const zoom = (factor) => {
      const at = factor > 1 ? ids.indexOf(chosen) : -1;
      view(at < 0 ? centre() : [sites.data.x[at], sites.data.y[at]], factor);
    };
    function move(right, up) {
      const c = centre();
      view([c[0] + right * (plot.x_range.end - plot.x_range.start) / 5, c[1] + up * (plot.y_range.end - plot.y_range.start) / 5], 1);
    }
    byId("zoom-in").addEventListener("click", () => zoom(ZOOM_STEP));
    byId("zoom-out").addEventListener("click", () => zoom(1 / ZOOM_STEP));
    byId("zoom-reset").addEventListener("click", () => view([0, 0], 1e-6));
    const keys = {
      "+": () => zoom(ZOOM_STEP), "=": () => zoom(ZOOM_STEP), "-": () => zoom(1 / ZOOM_STEP), "0": () => view([0, 0], 1e-6),
      ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, 1), ArrowDown: () => move(0, -1),
    };
    const frame = byId("map-frame"), wheel = named("wheel");
    frame.addEventListener("keydown", (event) => {
      if (keys[event.key]) { keys[event.key](); event.preventDefault(); }
    });
    frame.addEventListener("pointerdown", () => { wheel.active = true; });
    frame.addEventListener("pointerleave", () => { wheel.active = false; });

    /* names where there is room, the chosen site first, then the largest */
    function name() {
      const perPx = (plot.x_range.end - plot.x_range.start) / (frame.clientWidth || 1000);
      const order = [...ids.keys()].sort((a, b) => (ids[b] === chosen) - (ids[a] === chosen));
      const taken = [], shown = { x: [], y: [], text: [], dx: [], align: [] };
      for (const i of order) {
        const text = sites.data.name[i], x = sites.data.x[i], y = sites.data.y[i];
        const away = sites.data.size[i] / 2 + 4, wide = (away + LABEL_PX * text.length) * perPx;
        const left = x + wide > plot.x_range.end, low = y - LABEL_HIGH_PX / 2 * perPx, top = y + LABEL_HIGH_PX / 2 * perPx;
        const box = left ? [x - wide, low, x - away * perPx, top] : [x + away * perPx, low, x + wide, top];
        const mark = (j) => {
          const r = sites.data.size[j] / 2 * perPx, sx = sites.data.x[j], sy = sites.data.y[j];
          return j !== i && sx + r > box[0] && sx - r < box[2] && sy + r > box[1] && sy - r < box[3];
        };
        const blocked = taken.some((t) => t[0] < box[2] && t[2] > box[0] && t[1] < box[3] && t[3] > box[1]) || ids.some((_, j) => mark(j));
        if (blocked && ids[i] !== chosen) continue;
        taken.push(box);
        shown.x.push(x); shown.y.push(y); shown.text.push(text);
        shown.dx.push(left ? -away : away); shown.align.push(left ? "right" : "left");
      }
      labels.data = shown;
    }
    let waiting = 0;
    const later = () => { clearTimeout(waiting); waiting = setTimeout(name, 60); };
    plot.x_range.change.connect(later);
    window.addEventListener("resize", later);

    for (const name of ["zones source", "unknown zones source"]) {
      const source = named(name);
      source.inspect.connect(() => {
        const hit = source.inspected.indices.length ? source.inspected.indices[0] : undefined;
        const told = byId("zone");
        if (hit !== undefined) { told.textContent = `Grid zone ${source.data.zone[hit]}: ${source.data.told[hit]}`; told.dataset.of = name; }
        else if (told.dataset.of === name) told.textContent = "";
      });
    }

    let ours = false;
    sites.selected.properties.indices.change.connect(() => {
      if (ours) return;
      const hit = sites.selected.indices[0];
      const site = hit === undefined ? "" : ids[hit];
      if (site !== chosen) { const wanted = site; chosen = ""; choose(wanted); }
    });
    return {
      choose(site) {
        ours = true;
        const at = ids.indexOf(site);
        sites.selected.indices = at < 0 ? [] : [at];
        ours = false;
        arcs.data = { ...arcs.data, alpha: resting.map((a, i) => (site === "" ? a : arcs.data.site[i] === site ? 0.9 : 0.03)) };
        name();
      },
      name,
    };
  }

  /* ---- light and dark ---- */
  function dark() {
    const asked = document.documentElement.dataset.theme;
    return asked ? asked === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }
  function paint() {
    const look = data.palettes[dark() ? "dark" : "light"], value = (colour) => ({ value: colour });
    document.documentElement.dataset.shown = dark() ? "dark" : "light";
    byId("theme").textContent = dark() ? "Light page" : "Dark page";
    const glyphs = {
      "ocean": { fill_color: look.ocean }, "graticule": { line_color: look.graticule }, "zones": { line_color: look.ocean },
      "unknown zones": { fill_color: look.unknown, line_color: look.hatch, hatch_color: look.hatch }, "edge": { line_color: look.line },
      "arcs": { line_color: look.arc }, "hubs": { line_color: look.ink }, "site marks": { line_color: look.halo }, "rest": { line_color: look.halo },
      "label words": { text_color: look.ink, background_fill_color: look.halo },
    };
    for (const doc of (typeof Bokeh === "undefined" ? [] : Bokeh.documents)) {
      for (const [name, colours] of Object.entries(glyphs)) {
        const glyph = doc.get_model_by_name(name);
        if (glyph && glyph.type !== "ColumnDataSource") for (const [key, colour] of Object.entries(colours)) glyph[key] = value(colour);
      }
      for (const model of doc.all_models || []) inked(model, look);
    }
  }
  function inked(model, look) {
    if (model.type === "LinearColorMapper") model.palette = look.ground.map((c) => parseInt(c.slice(1) + "ff", 16));
    if (/Axis$/.test(model.type)) model.setv({ axis_label_text_color: look.ink, major_label_text_color: look.ink, axis_line_color: look.line, major_tick_line_color: look.line });
    if (model.type === "LabelSet") model.text_color = { value: look.ink };
    if (model.type === "Legend") model.label_text_color = look.ink;
  }
  function themes() {
    byId("theme").hidden = false;
    byId("theme").addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; paint(); });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  }

  /* ---- places left out: a few in the page, the rest from the data when asked for ---- */
  function leftOut() {
    const line = ([site, , reason], tag) => {
      const item = document.createElement("li"), bold = document.createElement("b");
      bold.textContent = site;
      item.append(bold, `: ${tag ? `(${tag}) ` : ""}${reason}`);
      return item;
    };
    for (const group of all("details.group")) {
      const rows = data.excluded.filter((row) => row[1] === group.dataset.limit);
      const list = group.querySelector("ul"), more = group.querySelector("button.more");
      const left = () => rows.length - list.children.length;
      const told = () => { more.hidden = left() <= 0; more.textContent = `Show ${Math.min(left(), PAGE_ROWS)} more of ${left()}`; };
      more.addEventListener("click", () => {
        const from = list.children.length;
        list.append(...rows.slice(from, from + PAGE_ROWS).map((row) => line(row)));
        told();
      });
      told();
    }
    const find = byId("find");
    if (!find) return;
    byId("search").hidden = false;
    find.addEventListener("input", () => {
      const asked = find.value.trim().toLowerCase();
      const hits = asked.length < 2 ? [] : data.excluded.filter((row) => row[0].toLowerCase().includes(asked) || row[2].toLowerCase().includes(asked));
      byId("hits").replaceChildren(...hits.slice(0, MOST_HITS).map((row) => line(row, row[1])));
      byId("found").textContent = asked.length < 2 ? "" : `${hits.length} found${hits.length > MOST_HITS ? `, the first ${MOST_HITS} shown` : ""}.`;
    });
  }

  /* ---- tables as CSV that no spreadsheet takes for formulas ---- */
  function guarded(text) {
    const safe = text.replace(/(^|[;\t\r\n])(?=\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])|^(?=[\t\r\n])/g, "$1'");
    return `"${safe.replace(/"/g, '""')}"`;
  }
  function csv(table) {
    const rows = [...table.tHead.rows, ...all("tbody tr", table).filter((row) => !row.hidden)];
    const cell = (c) => (c.dataset.number !== undefined ? c.dataset.number : guarded(c.textContent.trim()));
    return rows.map((row) => [...row.cells].map(cell).join(",")).join("\r\n") + "\r\n";
  }
  function exports() {
    for (const button of all("button.csv")) button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([csv(byId(button.dataset.table))], { type: "text/csv" }));
      link.download = `${button.dataset.table.replace("table-", "")}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
  }

  async function start() {
    linkTables();
    leftOut();
    exports();
    themes();
    if (typeof Bokeh !== "undefined") {
      Bokeh.set_log_level("warn");
      for (const [key, item] of Object.entries(data.figures)) {
        await Bokeh.embed.embed_item(item, `figure-${key}`);
        const doc = Bokeh.documents[Bokeh.documents.length - 1];
        if (key === "map") map = prepareMap(doc);
      }
    }
    paint();
    if (map) map.name();
    window.addEventListener("beforeprint", () => { for (const part of all("details:not(.group)")) part.open = true; });
    document.documentElement.dataset.ready = "true";
    Object.defineProperty(window, "sitingCsv", { value: (id) => csv(byId(id)) });
  }
  start();
})();
