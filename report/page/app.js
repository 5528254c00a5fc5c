// Draws the charts of the page from its block of data. No number is made here that the page does not have as text.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const outcomes = ["ok", "device_error", "timeout", "offline", "rejected", "broken", "dropped"];
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const plots = []; // every chart: {figure, make, plot, timed}
  let shown = -1;   // the load that the timelines show; -1: all
  let zoomed = null; // [from, to] in seconds; null: all

  // Words for numbers, as the tables have them.
  const digits3 = (v) => String(Number(v.toPrecision(3)) >= 100 ? Math.round(v) : Number(v.toPrecision(3)));
  const micros = (us) => {
    if (us == null) return "–";
    if (us === 0) return "0";
    for (const [unit, size, next] of [["µs", 1, 1e3], ["ms", 1e3, 1e3], ["s", 1e6, 120], ["m", 60e6, 120], ["h", 3600e6, Infinity]])
      if (Number((us / size).toPrecision(3)) < next) return digits3(us / size) + unit;
  };
  const least = (us) => us === 1 ? "≤1µs" : micros(us); // a logarithmic scale has no 0
  const count = (n) => n == null ? "–" : Math.round(n * 100) / 100 >= 100 ? Math.round(n).toLocaleString("en") : n && Math.abs(n) < .1 ? String(Number(n.toPrecision(2))) : String(Math.round(n * 100) / 100);
  const bytes = (n) => n == null ? "–" : n >= 1e9 ? digits3(n / 1e9) + " GB" : n >= 1e6 ? digits3(n / 1e6) + " MB" : digits3(n / 1e3) + " kB";
  const share = (v) => v == null ? "–" : digits3(v * 100) + "%";
  const clock = (s) => {
    if (s == null) return "–";
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60, rest = Math.round((s % 60) * 10) / 10, two = (n) => String(n).padStart(2, "0");
    return h ? `${h}:${two(m)}:${two(Math.floor(rest))}` : m ? `${m}:${two(Math.floor(rest))}` : rest + "s";
  };

  // What is common to all charts.
  const font = () => "11px " + getComputedStyle(document.body).fontFamily;
  const axis = (more) => Object.assign({ stroke: color("soft"), grid: { stroke: color("grid"), width: 1 }, ticks: { show: false }, font: font(), gap: 4 }, more);
  const incrs = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
  const hours = (at) => at.length > 1 && at[1] - at[0] >= 3600 ? at.map((s) => s / 3600 + "h") : at.map(clock);
  const timeAxis = (more) => axis(Object.assign({ values: (u, at) => hours(at), incrs, space: 60, size: 26 }, more));
  const axes = (words) => [timeAxis(), axis({ values: (u, at) => at.map(words), size: 54 })];
  const logAxis = (more) => axis(Object.assign({ values: (u, at) => at.map(micros), splits: logTicks, filter: (u, at) => at, size: 54 }, more));
  const logTicks = (u, i, min, max) => {
    const list = [];
    for (let v = Math.pow(10, Math.ceil(Math.log10(Math.max(min, 1)) - 1e-9)); v <= max * 1.001; v *= 10) list.push(v);
    return list;
  };
  // A scale begins at what took any time: a curve that comes from less than 1 µs, which has no place on it, comes from below.
  const logScale = { distr: 3, range: (u, min, max) => {
    let low = Infinity;
    for (const list of u.data.slice(1)) for (const v of list) if (v > 1 && v < low) low = v;
    return low === Infinity ? [1, 1e6] : [Math.pow(10, Math.floor(Math.log10(low))), Math.pow(10, Math.ceil(Math.log10(Math.max(max, low * 2))))];
  } };
  const perSecond = (v) => v == null ? "–" : count(v) + "/s";
  const fromZero = { range: (u, min, max) => [0, Math.max(max || 0, 1e-6) * 1.08] };
  const stepped = uPlot.paths.stepped({ align: 1 });
  const column = (n, width) => Array.from({ length: n }, (_, i) => i * width);

  // Phases as bands with their names, faults as lines, behind everything that has time on its x axis.
  const marks = { hooks: { drawClear: [(u) => {
    const c = data.course, ctx = u.ctx, { left, top, width, height } = u.bbox;
    if (!c) return;
    ctx.save();
    ctx.beginPath(); ctx.rect(left, top, width, height); ctx.clip();
    c.phases.forEach((p, i) => {
      const a = u.valToPos(p.from_s, "x", true), b = u.valToPos(p.to_s, "x", true);
      if (i % 2 === 0) { ctx.fillStyle = color("band"); ctx.fillRect(a, top, b - a, height); }
    });
    for (const f of c.faults) {
      const a = Math.round(u.valToPos(f.from_s, "x", true)) + .5, b = u.valToPos(f.to_s, "x", true);
      ctx.globalAlpha = .1; ctx.fillStyle = color("fault"); ctx.fillRect(a, top, Math.max(b - a, 0), height); ctx.globalAlpha = 1;
      ctx.strokeStyle = color("fault"); ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]); ctx.lineWidth = devicePixelRatio;
      ctx.beginPath(); ctx.moveTo(a, top); ctx.lineTo(a, top + height); ctx.stroke();
    }
    ctx.restore();
  }], draw: [(u) => lettering(u, "faint", (write, ctx) => {
    const { left, top, width } = u.bbox;
    let free = -Infinity;
    for (const p of data.course.phases) {
      const b = u.valToPos(p.to_s, "x", true), size = ctx.measureText(p.name).width, at = Math.max(u.valToPos(p.from_s, "x", true), left) + 4 * devicePixelRatio;
      if (b <= left || at <= free || at + size >= Math.min(b, left + width)) continue;
      write(p.name, at, top + 3 * devicePixelRatio);
      free = at + size;
    }
  })] } };

  // lettering lets write put words before a chart, with a rim that keeps what is behind them off.
  function lettering(u, name, words) {
    const ctx = u.ctx, { left, top, width, height } = u.bbox;
    if (!data.course) return;
    ctx.save();
    ctx.beginPath(); ctx.rect(left, top, width, height); ctx.clip();
    ctx.font = font().replace(/^11/, 10 * devicePixelRatio); ctx.textBaseline = "top"; ctx.textAlign = "left";
    ctx.fillStyle = color(name); ctx.strokeStyle = color("paper"); ctx.lineWidth = 3 * devicePixelRatio; ctx.lineJoin = "round";
    words((text, x, y) => { ctx.strokeText(text, x, y); ctx.fillText(text, x, y); }, ctx);
    ctx.restore();
  }

  // The names of faults stand before the first chart, each in the first of some lines that has room; a zoom makes room.
  const names = { hooks: { draw: [(u) => lettering(u, "fault", (write, ctx) => {
    const { left, top, width } = u.bbox, free = new Array(6).fill(-Infinity);
    for (const f of data.course.faults) {
      const size = ctx.measureText(f.name).width, at = Math.min(u.valToPos(f.from_s, "x", true) + 4 * devicePixelRatio, left + width - size);
      const row = free.findIndex((v) => v < at);
      if (row < 0 || u.valToPos(f.to_s, "x", true) < left || at < left || u.valToPos(f.from_s, "x", true) > left + width) continue;
      free[row] = at + size + 8 * devicePixelRatio;
      write(f.name, at, top + (15 + 12 * row) * devicePixelRatio);
    }
  })] } };

  const sync = uPlot.sync("time");
  const end = Math.max(data.course ? data.course.phases.reduce((m, p) => Math.max(m, p.to_s), 0) : 0, ...data.loads.map((l) => l.due ? l.due.length * l.width : 0), 1);
  const range = () => zoomed || [0, end];
  // closed repeats the last of some rows at its end, for a step to be drawn over all of it.
  const closed = (rows, width) => rows[0].length ? rows.map((list, i) => [...list, i ? list[list.length - 1] : list[list.length - 1] + width]) : rows;
  const timed = (series, rows, opts, width) => ({
    data: width ? closed(rows, width) : rows,
    opts: Object.assign({
      cursor: { sync: { key: "time", scales: ["x", null] }, drag: { x: true, y: false, setScale: false }, y: false, points: { size: 6 }, bind: { dblclick: () => () => { zoom(null); } } },
      hooks: { setSelect: [(u) => { if (u.select.width > 4) zoom([u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")]); u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false); }] },
      plugins: [marks], series: [{ label: "at", value: (u, v) => clock(v) }, ...series],
    }, opts, { scales: Object.assign({ x: { time: false, range: () => range() } }, opts.scales) }),
  });
  const line = (label, name, words, more) => Object.assign({ label, stroke: color(name), width: 1.5, points: { show: false }, value: (u, v) => words(v) }, more);

  // zoom sets what all timelines show, in seconds; null is the whole run.
  function zoom(to) {
    if (to) {
      const width = Math.min(Math.max(to[1] - to[0], end / 2000), end), from = Math.min(Math.max(to[0], 0), end - width);
      to = width >= end * .999 ? null : [from, from + width];
    }
    zoomed = to;
    document.documentElement.dataset.zoom = zoomed ? zoomed.map((v) => v.toFixed(3)).join(" ") : "";
    for (const p of plots) if (p.plot && p.timed) p.plot.setScale("x", { min: range()[0], max: range()[1] });
  }

  const picked = () => shown < 0 ? data.loads : [data.loads[shown]];
  // total adds up rows of the picked loads, which may differ in number and width; a row stands for its time.
  const total = (of) => {
    const loads = picked().filter((l) => l.due), width = Math.max(...loads.map((l) => l.width), 1), n = Math.max(...loads.map((l) => Math.ceil(l.due.length * l.width / width)), 0);
    const sum = new Array(n).fill(0);
    for (const l of loads) { const list = of(l); if (list) list.forEach((v, i) => { sum[Math.floor(i * l.width / width)] += v; }); }
    return { x: column(n, width), sum, width };
  };

  const course = () => data.course ? { x: column(data.course.rows.online.length, data.course.width_s), r: data.course.rows, width: data.course.width_s } : null;
  const rate = (list, width) => list.map((v) => v / width);

  const charts = {
    outcomes() {
      const due = total((l) => l.due), have = outcomes.filter((o) => picked().some((l) => l.outcomes[o])), raw = have.map((o) => rate(total((l) => l.outcomes[o]).sum, due.width));
      const stacked = [];
      raw.forEach((list, i) => stacked.push(list.map((v, j) => v + (i ? stacked[i - 1][j] : 0))));
      const series = have.map((o, i) => ({ label: o.replace("_", " "), stroke: color(o), fill: color(o), width: 0, paths: stepped, points: { show: false }, value: (u, v, s, at) => perSecond(at == null ? null : raw[i][at]) })).reverse();
      const dense = due.x.length > 400; // a line with so many steps would hide what is behind it
      series.push(line("due", dense ? "soft" : "ink", perSecond, { width: dense ? .4 : 1, paths: dense ? undefined : stepped }));
      return timed(series, [due.x, ...stacked.reverse(), rate(due.sum, due.width)], { plugins: [marks, names], scales: { y: fromZero }, axes: axes(count) }, due.width);
    },
    latency() {
      const loads = picked().filter((l) => l.due), one = loads.length === 1;
      const rows = [], series = [];
      const width = Math.max(...loads.map((l) => l.width), 1), n = Math.max(...loads.map((l) => Math.ceil(l.due.length * l.width / width)), 0);
      const points = { show: n < 2 }; // nothing leads to a single row
      const worst = (list, l) => { const out = new Array(n).fill(null); list.forEach((v, i) => { const j = Math.floor(i * l.width / width); if (v != null) out[j] = Math.max(out[j] || 1, v); }); return out; };
      for (const l of loads) {
        const name = one ? "" : l.name + " ", hue = "hue" + (2 + data.loads.indexOf(l)) % 8;
        if (one) { series.push(line("max", "max", least, { width: 1, points })); rows.push(worst(l.max, l)); }
        series.push(line(name + "p50", one ? "p50" : hue, least, { dash: one ? [] : [4, 3], width: 1.2, points })); rows.push(worst(l.p50, l));
        series.push(line(name + "p99", one ? "p99" : hue, least, { points })); rows.push(worst(l.p99, l));
      }
      return timed(series, [column(n, width), ...rows], { scales: { y: logScale }, axes: [timeAxis(), logAxis()] });
    },
    heat() {
      const loads = picked(), width = Math.max(...loads.map((l) => l.heat.width || 0), 1), cells = new Map();
      let most = 1, n = 0, low = Infinity, high = 0;
      for (const l of loads) l.heat.columns.forEach((c, i) => {
        const j = Math.floor(i * l.heat.width / width); n = Math.max(n, j + 1);
        for (let k = 1; k < c.length; k++) if (c[k]) {
          const key = j * 1000 + c[0] + k - 1, v = (cells.get(key) || 0) + c[k];
          cells.set(key, v); most = Math.max(most, v); high = Math.max(high, c[0] + k);
          if (c[0] + k > 1) low = Math.min(low, c[0] + k - 1);
        }
      });
      if (low === Infinity) { low = 0; high = 60; }
      const floor = Math.max(Math.floor(low / 10) * 10 - 1, 0); // the row for what took less than 1 µs
      const value = (b) => Math.pow(10, b / 10), ramp = shades();
      const draw = (u) => {
        const { ctx, bbox } = u;
        ctx.save(); ctx.beginPath(); ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height); ctx.clip();
        for (const [key, v] of cells) {
          const j = Math.floor(key / 1000), b = Math.max(key % 1000, floor);
          const x = Math.round(u.valToPos(j * width, "x", true)), x2 = Math.round(u.valToPos((j + 1) * width, "x", true));
          if (x2 < bbox.left || x > bbox.left + bbox.width) continue;
          const y = Math.round(u.valToPos(value(b + 1), "y", true)), y2 = Math.round(u.valToPos(value(b), "y", true));
          ctx.fillStyle = ramp[Math.min(ramp.length - 1, Math.floor(Math.log(v + 1) / Math.log(most + 1) * ramp.length))];
          ctx.fillRect(x, y, Math.max(x2 - x, 1), y2 - y);
        }
        ctx.restore();
      };
      const bounds = [value(cells.size && [...cells.keys()].some((key) => key % 1000 === 0) ? floor : Math.floor(low / 10) * 10), Math.pow(10, Math.ceil(high / 10))];
      const chart = timed([{ label: "calls in the column", stroke: "transparent", points: { show: false }, value: (u, v, s, at) => { if (at == null) return "–"; let sum = 0; for (let b = 0; b < 120; b++) sum += cells.get(at * 1000 + b) || 0; return count(sum); } }],
        [column(n, width), new Array(n).fill(1)], { scales: { y: { distr: 3, range: () => bounds } }, axes: [timeAxis({ grid: { show: false } }), logAxis({ grid: { show: false } })] });
      chart.opts.plugins = [{ hooks: { drawClear: [draw] } }];
      return chart;
    },
    open() {
      const open = total((l) => l.open), c = course(), rows = [open.x, open.sum], series = [line("open calls", "p50", count, { fill: tint("p50"), paths: stepped })];
      if (c) { series.push(line("open commands", "p99", count, { paths: stepped })); rows.push(fit(c.r.open, c.width, open.x.length, open.width)); }
      return timed(series, rows, { scales: { y: fromZero }, axes: axes(count) }, open.width);
    },
    timeouts: () => flows([["fired", "timeouts", "timeout"], ["late", "late replies", "p99"]]),
    depth() { const c = course(); return c && timed([line("waiting", "p50", count, { fill: tint("p50"), paths: stepped })], [c.x, c.r.waiting], { scales: { y: fromZero }, axes: axes(count) }, c.width); },
    flow: () => flows([["filled", "filled", "p50"], ["drained", "drained", "ok"], ["expired", "expired", "broken"]]),
    online() { const c = course(); return c && timed([line("online", "ok", count, { fill: tint("ok"), paths: stepped })], [c.x, c.r.online], { scales: { y: fromZero }, axes: axes(count) }, c.width); },
    connects: () => flows([["connected", "connects", "ok"], ["lost", "losses", "p99"], ["refused", "refusals", "broken"]]),
    lag() { const c = course(); return c && timed([line("lag", "lag", least)], [c.x, c.r.lag_max_us.map((v) => Math.max(v, 1))], { scales: { y: logScale }, axes: [timeAxis(), logAxis()] }); },
    cpu: () => machine([["cpu_share", "CPU", "p50"]], share, { range: () => [0, 1] }),
    memory: () => machine([["heap_bytes", "heap", "p50"], ["stack_bytes", "stacks", "ok"]], bytes, fromZero),
    pauses: () => machine([["gc_pause_max_us", "longest pause", "p99"]], micros, fromZero),
    lateness: () => data.course && byPercentile([["overshoot", data.course.over_curve, "p50"], ["late by", data.course.late_curve, "p99"]]),
    wait: () => data.course && byPercentile([["wait", data.course.wait_curve, "p50"]]),
  };
  function flows(list) {
    const c = course();
    return c && timed(list.map(([, label, name]) => line(label, name, perSecond, { paths: stepped })), [c.x, ...list.map(([key]) => rate(c.r[key], c.width))], { scales: { y: fromZero }, axes: axes(count) }, c.width);
  }
  function machine(list, words, scale) {
    const m = data.course && data.course.machine;
    return m && m.length ? timed(list.map(([, label, name]) => line(label, name, words)), [m.map((s) => s.at_s), ...list.map(([key]) => m.map((s) => s[key]))], { scales: { y: scale }, axes: axes(words) }) : null;
  }
  // fit puts rows of one width into rows of another: the last of each stands.
  function fit(list, width, n, into) {
    return Array.from({ length: n }, (_, i) => { const j = Math.floor(((i + 1) * into - 1e-9) / width); return j < list.length ? list[j] : null; });
  }
  const tint = (name) => color(name) + "22";
  function shades() {
    const stops = ["heat0", "heat1", "heat2", "heat3"].map((n) => color(n).match(/\w\w/g).map((h) => parseInt(h, 16))), list = [];
    for (let i = 0; i < 24; i++) {
      const at = i / 23 * 3, k = Math.min(Math.floor(at), 2), f = at - k;
      list.push("rgb(" + stops[k].map((v, c) => Math.round(v + (stops[k + 1][c] - v) * f)).join(" ") + ")");
    }
    return list;
  }

  // byPercentile draws curves on the axis of HdrHistogram: 90, 99, 99.9 … at even distances. x is log10(1 / (1 - share)).
  function byPercentile(list) {
    list = list.filter(([, c]) => c && c.length && c[c.length - 1][1] > 1); // what took no time has no place on the scale
    if (!list.length) return null;
    const place = (s) => s >= 1 ? null : -Math.log10(1 - s), tables = [];
    let far = 1;
    for (const [, c] of list) {
      const xs = c.map(([s]) => place(s)), last = xs.length > 1 ? xs[xs.length - 2] : 0;
      xs[xs.length - 1] = xs[xs.length - 1] == null ? Math.max(last + .15, .3) : xs[xs.length - 1];
      far = Math.max(far, xs[xs.length - 1]);
      tables.push([xs, c.map(([, us]) => Math.max(us, 1))]);
    }
    const rows = uPlot.join(tables), name = (x) => x === 0 ? "0" : x === 1 ? "90%" : x === 2 ? "99%" : "99." + "9".repeat(x - 2) + "%";
    const percent = (x) => x == null ? "–" : (100 - 100 * Math.pow(10, -x)).toFixed(Math.max(0, Math.min(4, Math.ceil(x) - 1 + 1))) + "%";
    return { data: rows, opts: {
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { x: { time: false, range: () => [0, Math.ceil(far * 10) / 10] }, y: logScale },
      axes: [axis({ splits: () => Array.from({ length: Math.floor(far) + 1 }, (_, i) => i), values: (u, at) => at.map(name), size: 26 }), logAxis()],
      series: [{ label: "at", value: (u, v) => percent(v) }, ...list.map(([label, , hue, dashed]) => line(label, hue, least, { spanGaps: true, dash: dashed ? [4, 3] : [] }))],
    } };
  }

  // build draws one chart into its figure, anew if there was one.
  function build(p) {
    if (p.plot) p.plot.destroy();
    const chart = p.make(), width = p.figure.clientWidth;
    p.plot = null;
    if (!chart || width === 0) { p.figure.hidden = !chart; return; }
    Object.assign(chart.opts, { width, height: p.figure.clientHeight - 20 - 22, padding: [8, 20, 0, 0],
      legend: { markers: { width: 0, fill: (u, i) => typeof u.series[i].stroke === "function" ? u.series[i].stroke(u, i) : u.series[i].stroke } } });
    p.plot = new uPlot(chart.opts, chart.data, p.figure);
    p.plot.root.querySelector("canvas").setAttribute("aria-hidden", "true");
    if (p.timed) sync.sub(p.plot);
  }
  const rebuild = () => plots.forEach(build);

  // Which figure shows what.
  for (const figure of document.querySelectorAll("figure[data-chart]")) plots.push({ figure, make: charts[figure.dataset.chart], timed: !!figure.closest(".shared") });
  for (const figure of document.querySelectorAll("figure[data-curves]")) {
    const c = data.loads[figure.dataset.curves].curves;
    plots.push({ figure, make: () => byPercentile([["all", c.latency, "p99"], ["ok only", c.ok, "ok"], ["lag", c.lag, "lag", true]]) });
  }
  document.querySelectorAll("figure[data-figure]").forEach((figure, i) => plots.push({ figure, make: () => byPercentile(data.figures[i].lines.map((l) => [l.Name, l.Profile, "hue" + l.Hue % 8, l.Dashed])) }));
  for (const p of plots) { p.figure.setAttribute("role", "group"); p.figure.setAttribute("aria-label", p.figure.querySelector("figcaption").textContent); }

  // Charts below the fold are drawn when they come near: the page stands at once.
  rebuild();
  document.getElementById("which").addEventListener("change", (e) => { shown = Number(e.target.value); plots.filter((p) => p.timed).forEach(build); });
  document.getElementById("all").addEventListener("click", () => zoom(null));
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; rebuild(); } });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", rebuild);
  matchMedia("print").addEventListener("change", rebuild);
  addEventListener("beforeprint", rebuild);
  addEventListener("afterprint", rebuild);

  // The keyboard moves and zooms what the timelines show, and steps the crosshair.
  const keys = {
    "+": () => scale(.5), "=": () => scale(.5), "-": () => scale(2), "0": () => zoom(null), "Escape": () => zoom(null),
    "ArrowLeft": () => move(-.2), "ArrowRight": () => move(.2), ",": () => step(-1), ".": () => step(1),
  };
  const scale = (by) => { const [a, b] = range(), mid = crosshair() ?? (a + b) / 2; zoom([mid - (mid - a) * by, mid + (b - mid) * by]); };
  const move = (by) => { const [a, b] = range(), d = (b - a) * by; zoom([a + d, b + d]); };
  const first = () => plots.find((p) => p.plot && p.timed);
  const crosshair = () => { const p = first(); return p && p.plot.cursor.idx != null && p.plot.cursor.left >= 0 ? p.plot.data[0][p.plot.cursor.idx] : null; };
  function step(by) {
    const p = first();
    if (!p) return;
    const at = crosshair(), x = p.plot.data[0], [a, b] = range();
    let i = at == null ? x.findIndex((v) => v >= (a + b) / 2) : x.indexOf(at) + by;
    i = Math.min(Math.max(i, 0), x.length - 1);
    if (x[i] < a || x[i] > b) move(by * .2);
    for (const q of plots) if (q.plot && q.timed) q.plot.setCursor({ left: q.plot.valToPos(x[i], "x"), top: 20 }, false);
  }
  for (const group of document.querySelectorAll(".shared")) group.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || !keys[e.key]) return;
    keys[e.key](); e.preventDefault();
  });
  // A link to something folded unfolds it.
  const unfold = () => { const d = location.hash && document.getElementById(location.hash.slice(1)); if (d && d.tagName === "DETAILS") { d.open = true; d.scrollIntoView(); } };
  addEventListener("hashchange", unfold);
  unfold();
  document.documentElement.dataset.ready = "true";
})();
