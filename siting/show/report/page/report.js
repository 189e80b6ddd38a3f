"use strict";
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const LABEL_PX = 7, LABEL_HIGH_PX = 15, PAGE_ROWS = 200, FULL_PX = 1000, LEAST_SHARE = 0.4, LEAST_PX = 4, LEAST_ARC_PX = 0.6, MOST_LOST = 25, MOST_HITS = 40, OUTCOMES = ["built", "lost", "excluded"], ZOOM_STEP = 1.6;
  const chosen = { site: "", plan: "" };
  const views = [];  /* the map and the charts that show what is chosen */

  /* ---- a site or a plan, chosen anywhere, filters every linked table, the map and the chart ---- */
  const builds = (plan, site) => data.built[Number(plan)].includes(site);
  function shows(row, linked) {
    const site = row.dataset.site || "", plans = (row.dataset.plans || "").split(" ");
    if (linked === "totals") return site === chosen.site;
    if (linked === "builders") return chosen.site === "" || plans.some((plan) => builds(plan, chosen.site));
    const mine = chosen.plan === "" || !row.dataset.plans || plans.includes(chosen.plan);
    return mine && (linked === "plans" || chosen.site === "" || site === chosen.site);
  }
  function choose(kind, key) {
    chosen[kind] = key === chosen[kind] ? "" : key;
    for (const button of all("button.pick")) {
      const mine = chosen[button.dataset.pick] !== "" && button.dataset.key === chosen[button.dataset.pick];
      button.setAttribute("aria-pressed", String(mine));
      if (button.closest("tr")) button.closest("tr").classList.toggle("chosen-row", mine);
    }
    for (const table of all("table[data-linked]")) {
      for (const row of all("tbody tr", table)) row.hidden = !shows(row, table.dataset.linked);
      for (const cell of all("[data-plan]", table)) cell.hidden = chosen.plan !== "" && cell.dataset.plan !== chosen.plan;
    }
    for (const select of all("select.choice")) select.value = chosen[select.dataset.pick];
    byId("chosen").textContent = said();
    byId("show-all").hidden = chosen.site === "" && chosen.plan === "";
    for (const view of views) view.choose();
  }
  const called = (kind) => all(`#${kind}-choice option`).find((o) => o.value === chosen[kind]).textContent;
  function said() {
    if (chosen.site === "" && chosen.plan === "") return byId("chosen").dataset.every;
    const rows = (id) => all(`#${id} tbody tr`).filter((row) => !row.hidden).length;
    if (!data.built) return `${called("site")}: ${rows("table-assignments")} flows; the tables below show this site only.`;
    const named = ["plan", "site"].filter((kind) => chosen[kind] !== "").map(called).join(", ");
    const built = chosen.site === "" ? `${rows("table-built")} sites` : `built in ${rows("table-built")} of the plans shown`;
    return `${named}: ${built}; the tables show only these.`;
  }
  function showAll() {
    for (const kind of ["site", "plan"]) if (chosen[kind] !== "") choose(kind, chosen[kind]);
  }

  function linkTables() {
    for (const button of all("button.pick")) button.addEventListener("click", () => choose(button.dataset.pick, button.dataset.key));
    for (const select of all("select.choice")) select.addEventListener("change", () => { chosen[select.dataset.pick] = ""; choose(select.dataset.pick, select.value); });
    if (byId("show-all")) byId("show-all").addEventListener("click", () => {
      showAll();
      const first = all("select.choice")[0];
      if (first) first.focus();
    });
  }

  /* ---- the map ---- */
  function prepareMap(doc) {
    const named = (name) => doc.get_model_by_name(name);
    const plot = named("map"), frame = byId("map-frame"), marks = data.built ? manyPlans(named) : onePlan(named);
    const namer = names(plot, frame, named("labels"), marks);
    steer(plot, frame, named("wheel"), marks);
    tellZones(named);
    plot.x_range.change.connect(namer.later);
    const fit = sizer(frame, [...marks.sources, ...marks.others], named("arcs source"), named("hubs"));
    fit();
    window.addEventListener("resize", () => { fit(); namer.later(); });
    views.push({ choose: () => { marks.choose(); namer.now(); } });
    return namer.now;
  }

  /* on a narrow page the marks are smaller, so that they do not cover the map; the key shows the same sizes */
  function sizer(frame, marks, arcs, hubs) {
    const scaled = [...marks.map((source) => [source, "size", LEAST_PX]), ...(arcs ? [[arcs, "width", LEAST_ARC_PX]] : [])];
    const full = scaled.map(([source, column]) => [...source.data[column]]), cross = hubs ? hubs.size.value : 0;
    const circles = all("svg.sizes circle").map((circle) => [circle, Number(circle.getAttribute("r"))]);
    return () => {
      const share = Math.min(1, Math.max(LEAST_SHARE, (frame.clientWidth || FULL_PX) / FULL_PX));
      scaled.forEach(([source, column, least], i) => { source.data = { ...source.data, [column]: full[i].map((px) => Math.max(px * share, least)) }; });
      if (hubs) hubs.size = { value: Math.max(cross * share, LEAST_PX) };
      for (const [circle, r] of circles) circle.setAttribute("r", Math.max(r * share, LEAST_PX / 2));
    };
  }

  /* the map is moved by buttons, by keys, and by the wheel once it was clicked */
  function steer(plot, frame, wheel, marks) {
    const half = [plot.x_range, plot.y_range].map((range) => range.max_interval / 2);
    const whole = { x: [-half[0], half[0]], y: [-half[1], half[1]] };
    function view(centre, factor) {
      const wide = Math.min((plot.x_range.end - plot.x_range.start) / factor, whole.x[1] - whole.x[0]);
      const least = (whole.x[1] - whole.x[0]) / 60, span = Math.max(wide, least);
      const high = span * (whole.y[1] - whole.y[0]) / (whole.x[1] - whole.x[0]);
      const clamp = (c, [low, top], half) => Math.min(Math.max(c, low + half), top - half);
      const x = clamp(centre[0], whole.x, span / 2), y = clamp(centre[1], whole.y, high / 2);
      plot.x_range.setv({ start: x - span / 2, end: x + span / 2 });
      plot.y_range.setv({ start: y - high / 2, end: y + high / 2 });
    }
    const first = [(plot.x_range.start + plot.x_range.end) / 2, (plot.y_range.start + plot.y_range.end) / 2];
    const wide = plot.x_range.end - plot.x_range.start;
    const reset = () => view(first, (plot.x_range.end - plot.x_range.start) / wide);
    const centre = () => [(plot.x_range.start + plot.x_range.end) / 2, (plot.y_range.start + plot.y_range.end) / 2];
    const zoom = (factor) => {
      const at = factor > 1 ? marks.shown().find((m) => m.id === chosen.site) : undefined;
      view(at ? [at.x, at.y] : centre(), factor);
    };
    function move(right, up) {
      const c = centre();
      view([c[0] + right * (plot.x_range.end - plot.x_range.start) / 5, c[1] + up * (plot.y_range.end - plot.y_range.start) / 5], 1);
    }
    byId("zoom-in").addEventListener("click", () => zoom(ZOOM_STEP));
    byId("zoom-out").addEventListener("click", () => zoom(1 / ZOOM_STEP));
    byId("zoom-reset").addEventListener("click", reset);
    onKeys(frame, {
      "+": () => zoom(ZOOM_STEP), "=": () => zoom(ZOOM_STEP), "-": () => zoom(1 / ZOOM_STEP), "0": reset,
      ArrowLeft: () => move(-1, 0), ArrowRight: () => move(1, 0), ArrowUp: () => move(0, 1), ArrowDown: () => move(0, -1),
    });
    frame.addEventListener("pointerdown", () => { wheel.active = true; });
    frame.addEventListener("pointerleave", () => { wheel.active = false; });
  }
  function onKeys(frame, keys) {
    frame.addEventListener("keydown", (event) => {
      if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) { keys[event.key](); event.preventDefault(); }
    });
  }

  /* names where there is room, the chosen site first, then the largest */
  function names(plot, frame, labels, marks) {
    function now() {
      const perPx = (plot.x_range.end - plot.x_range.start) / (frame.clientWidth || 1000), every = marks.shown();
      const order = [...every].sort((a, b) => (b.id === chosen.site) - (a.id === chosen.site));
      const taken = [], shown = { x: [], y: [], text: [], dx: [], align: [] };
      for (const one of order) {
        const away = one.size / 2 + 4, wide = (away + LABEL_PX * one.name.length) * perPx, { x, y } = one;
        const low = y - LABEL_HIGH_PX / 2 * perPx, top = y + LABEL_HIGH_PX / 2 * perPx;
        const boxes = [[x + away * perPx, low, x + wide, top], [x - wide, low, x - away * perPx, top]];
        const free = (box) => {
          const covers = (m) => {
            const r = m.size / 2 * perPx;
            return m !== one && m.x + r > box[0] && m.x - r < box[2] && m.y + r > box[1] && m.y - r < box[3];
          };
          const within = box[0] >= plot.x_range.start && box[2] <= plot.x_range.end;
          return within && !taken.some((t) => t[0] < box[2] && t[2] > box[0] && t[1] < box[3] && t[3] > box[1]) && !every.some(covers);
        };
        let side = boxes.findIndex(free);
        if (side < 0 && one.id !== chosen.site) continue;
        if (side < 0) side = x + wide > plot.x_range.end ? 1 : 0;
        const left = side === 1;
        taken.push(boxes[side]);
        shown.x.push(x); shown.y.push(y); shown.text.push(one.name);
        shown.dx.push(left ? -away : away); shown.align.push(left ? "right" : "left");
      }
      labels.data = shown;
    }
    let waiting = 0;
    return { now, later: () => { clearTimeout(waiting); waiting = setTimeout(now, 60); } };
  }

  function tellZones(named) {
    for (const name of ["zones source", "unknown zones source"]) {
      const source = named(name);
      source.inspect.connect(() => {
        const hit = source.inspected.indices.length ? source.inspected.indices[0] : undefined;
        const label = byId("zone");
        if (hit !== undefined) { label.textContent = `Grid zone ${source.data.zone[hit]}: ${source.data.label[hit]}`; label.dataset.of = name; }
        else if (label.dataset.of === name) label.textContent = "";
      });
    }
  }

  const marksOf = (source) => source.data.id.map((id, i) => ({ id, name: source.data.name[i], x: source.data.x[i], y: source.data.y[i], size: source.data.size[i] }));

  /* the marks of one plan: a click on a site chooses it, its arcs stand out */
  function onePlan(named) {
    const sites = named("sites"), arcs = named("arcs source"), ids = sites.data.id, resting = [...arcs.data.resting];
    const others = ["lost source", "excluded source"].map(named), few = others.reduce((n, source) => n + source.data.id.length, 0) <= MOST_LOST;
    let ours = false;
    sites.selected.properties.indices.change.connect(() => {
      if (ours) return;
      const hit = sites.selected.indices[0];
      const site = hit === undefined ? "" : ids[hit];
      if (site !== chosen.site) { chosen.site = ""; choose("site", site); }
    });
    return {
      sources: [sites],
      others,
      shown: () => [sites, ...(few ? others : [])].flatMap(marksOf),
      choose() {
        ours = true;
        const at = ids.indexOf(chosen.site);
        sites.selected.indices = at < 0 ? [] : [at];
        ours = false;
        arcs.data = { ...arcs.data, alpha: resting.map((a, i) => (chosen.site === "" ? a : arcs.data.site[i] === chosen.site ? 0.9 : 0.03)) };
      },
    };
  }

  /* the rings of many plans: a chosen plan stands alone and filled, a chosen site alone in every plan */
  function manyPlans(named) {
    const rings = data.plans.map((_, i) => named(`plan ${i}`)).filter((r) => r).map((ring) => ({ ring, plan: ring.name.slice(5), resting: ring.visible }));
    let waiting = 0;
    for (const { ring } of rings) {
      const selected = ring.data_source.selected;
      selected.properties.indices.change.connect(() => {
        if (!selected.indices.length) return;
        const site = ring.data_source.data.id[selected.indices[0]];
        clearTimeout(waiting);  /* rings of several plans lie round one site: one click is one choice */
        waiting = setTimeout(() => {
          for (const other of rings) other.ring.data_source.selected.indices = [];
          choose("site", site);
        }, 0);
      });
    }
    return {
      sources: rings.map(({ ring }) => ring.data_source),
      others: [],
      shown() {
        const seen = new Map();
        for (const { ring } of rings.filter((r) => r.ring.visible)) {
          for (const mark of marksOf(ring.data_source)) if (!seen.has(mark.id) || seen.get(mark.id).size < mark.size) seen.set(mark.id, mark);
        }
        return [...seen.values()].sort((a, b) => b.size - a.size);
      },
      choose() {
        for (const { ring, plan, resting } of rings) {
          const source = ring.data_source, mine = plan === chosen.plan;
          ring.visible = chosen.plan === "" ? resting : mine;
          source.data = {
            ...source.data,
            alpha: source.data.id.map((id) => (chosen.site === "" || id === chosen.site ? 1 : 0.15)),
            fill: source.data.id.map((id) => (mine && (chosen.site === "" || id === chosen.site) ? 0.45 : 0)),
          };
        }
      },
    };
  }

  /* ---- the chart of many plans: a point chosen by a click or by the arrows is a plan chosen everywhere ---- */
  function prepareChart(doc) {
    const source = doc.get_model_by_name("plans source"), keys = source.data.key;
    let ours = false;
    source.selected.properties.indices.change.connect(() => {
      if (ours) return;
      const hit = source.selected.indices[0], plan = hit === undefined ? "" : keys[hit];
      if (plan !== chosen.plan) { chosen.plan = ""; choose("plan", plan); }
    });
    const step = (by) => {
      const at = keys.indexOf(chosen.plan), next = at < 0 ? (by > 0 ? 0 : keys.length - 1) : Math.min(Math.max(at + by, 0), keys.length - 1);
      if (keys[next] !== chosen.plan) choose("plan", keys[next]);
    };
    onKeys(byId("figure-plans"), { ArrowRight: () => step(1), ArrowLeft: () => step(-1), Escape: showAll });
    views.push({
      choose() {
        ours = true;
        const at = keys.indexOf(chosen.plan);
        source.selected.indices = at < 0 ? [] : [at];
        ours = false;
        source.data = { ...source.data, alpha: keys.map((key) => (chosen.site === "" || builds(key, chosen.site) ? 1 : 0.2)) };
      },
    });
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
    if (!look) return;  // a page without figures
    const glyphs = {
      "ocean": { fill_color: look.ocean }, "graticule": { line_color: look.graticule }, "zones": { line_color: look.ocean },
      "unknown zones": { fill_color: look.unknown, line_color: look.hatch, hatch_color: look.hatch }, "edge": { line_color: look.line },
      "arcs": { line_color: look.arc }, "hubs": { line_color: look.ink }, "lost": { line_color: look.lost, fill_color: look.halo }, "excluded": { line_color: look.lost }, "site marks": { line_color: look.halo }, "rest": { line_color: look.halo },
      "label words": { text_color: look.ink, background_fill_color: look.halo },
    };
    for (const doc of (typeof Bokeh === "undefined" ? [] : Bokeh.documents)) {
      for (const [name, colours] of Object.entries(glyphs)) {
        const glyph = doc.get_model_by_name(name);
        if (glyph && glyph.type !== "ColumnDataSource") for (const [key, colour] of Object.entries(colours)) glyph[key] = value(colour);
      }
      for (const model of doc.all_models || []) inked(model, look);
      (data.plans || []).forEach((_, i) => {
        const ring = doc.get_model_by_name(`plan ${i}`);
        if (ring) ring.glyph.setv({ line_color: value(look.plans[i % look.plans.length]), fill_color: value(look.plans[i % look.plans.length]) });
      });
    }
    for (const ring of all("circle.ring")) ring.style.stroke = look.plans[Number(ring.dataset.plan) % look.plans.length];
  }
  function inked(model, look) {
    if (model.type === "LinearColorMapper") model.palette = look.ground.map((c) => parseInt(c.slice(1) + "ff", 16));
    if (/Axis$/.test(model.type)) model.setv({ axis_label_text_color: look.ink, major_label_text_color: look.ink, axis_line_color: look.line, major_tick_line_color: look.line });
    if (model.name === "axis title") model.text_color = look.ink;
    if (model.type === "LabelSet") model.text_color = { value: look.ink };
    if (model.type === "Legend") model.label_text_color = look.ink;
  }
  function themes() {
    byId("theme").hidden = false;
    byId("theme").addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; paint(); });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  }

  /* ---- candidates: the search knows all of them; of the excluded ones a few are in the page, the rest on request ---- */
  function leftOut() {
    const line = ([site, outcome, reason], tag) => {
      const item = document.createElement("li"), bold = document.createElement("b");
      bold.textContent = site;
      item.append(bold, `${tag ? ` (${OUTCOMES[outcome]})` : ""}: ${reason}`);
      return item;
    };
    for (const group of all("details.group")) {
      const rows = data.candidates.filter((row) => row[3].includes(data.limits.indexOf(group.dataset.limit)));
      const list = group.querySelector("ul"), more = group.querySelector("button.more");
      const left = () => rows.length - list.children.length;
      const recount = () => { more.hidden = left() <= 0; more.textContent = `Show ${Math.min(left(), PAGE_ROWS)} more of ${left()}`; };
      more.addEventListener("click", () => {
        const from = list.children.length;
        list.append(...rows.slice(from, from + PAGE_ROWS).map((row) => line(row)));
        recount();
      });
      recount();
    }
    /* names that begin with the word first, then names that have it, then sentences; accents and case do not matter */
    const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    const keys = data.candidates ? data.candidates.map((row) => [plain(row[0]), plain(row[2])]) : [];
    const nearness = ([name, reason], asked) => (name.startsWith(asked) ? 3 : name.includes(asked) ? 2 : reason.includes(asked) ? 1 : 0);
    const ranked = (asked) => data.candidates
      .map((row, i) => [nearness(keys[i], plain(asked)), row]).filter(([near]) => near > 0)
      .sort((a, b) => b[0] - a[0]).map(([, row]) => row);
    const find = byId("find");
    if (!find) return;
    byId("search").hidden = false;
    find.addEventListener("input", () => {
      const asked = find.value.trim().toLowerCase();
      const hits = asked.length < 2 ? [] : ranked(asked);
      byId("hits").replaceChildren(...hits.slice(0, MOST_HITS).map((row) => line(row, true)));
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
    return rows.map((row) => [...row.cells].filter((c) => !c.hidden).map(cell).join(",")).join("\r\n") + "\r\n";
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
    let name = null;
    if (typeof Bokeh !== "undefined") {
      Bokeh.set_log_level("warn");
      for (const [key, item] of Object.entries(data.figures)) {
        await Bokeh.embed.embed_item(item, `figure-${key}`);
        const doc = Bokeh.documents[Bokeh.documents.length - 1];
        if (key === "map") name = prepareMap(doc);
        if (key === "plans") prepareChart(doc);
      }
    }
    paint();
    if (name) name();
    window.addEventListener("beforeprint", () => { for (const part of all("details:not(.group)")) part.open = true; });
    document.documentElement.dataset.ready = "true";
    Object.defineProperty(window, "sitingCsv", { value: (id) => csv(byId(id)) });
  }
  start();
})();
