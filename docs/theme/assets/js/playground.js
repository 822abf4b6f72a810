// @ts-check
import { allowed, decade, isArticle, place, query, text, unpack } from "./playground-data.js";

/** @typedef {import("./playground-data.js").State} State */
/** @typedef {import("./playground-data.js").Point} Point */
/** @typedef {{ series: number[], kind: string, dots?: boolean, band?: [number[], number[]] }} Curve */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.playground"));
/** @template {Element} E @param {string} selector @returns {E} */
const part = (selector) => /** @type {E} */ (form.querySelector(selector));
const words = JSON.parse(part("script").textContent ?? "");
const grid = /** @type {import("./playground-data.js").Grid} */ (words);
const { axes, packed: packing } = grid;
const verdictLine = part(".playground-verdict");
const remedyLine = part(".playground-remedy");
const rows = part(".playground-rows tbody");
const numbers = /** @type {HTMLDetailsElement} */ (part(".playground-numbers"));
/** @type {Map<string, Promise<(index: number) => Point>>} */
const files = new Map();
let state = grid.start;
/** @type {Point | undefined} */
let shown;

/** Once the page is loaded and painted: the data must not compete with what the reader sees first. @type {Promise<unknown>} */
const painted = new Promise((resolve) => {
  // The next frame, and then a task of its own, after what that frame paints.
  const wait = () => requestAnimationFrame(() => setTimeout(resolve));
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait, { once: true });
});

/** The networks of one activation function, fetched once. @param {string} activation */
const load = (activation) => {
  let file = files.get(activation);
  if (!file) {
    file = painted.then(async () => {
      const { ok, body, url } = await fetch(`${form.dataset.source}${activation}.bin`);
      if (!ok || !body) throw new Error(url);
      const content = new Response(body.pipeThrough(new DecompressionStream("gzip")));
      return unpack(grid, new Uint8Array(await content.arrayBuffer()));
    });
    file.catch(() => files.delete(activation));
    files.set(activation, file);
  }
  return file;
};

/** @param {State} wanted */
const address = (wanted) => location.pathname + query(grid, wanted);

/** @param {Point} point @param {string} name @returns {number[]} */
const series = (point, name) => point.series[packing.series.indexOf(name)];

/** @param {string} label @param {string} href */
const link = (label, href) => Object.assign(document.createElement("a"), { textContent: label, href });

/** What the probe says, in words. @param {Point} point */
const say = (point) => {
  const [kind, head, sentence] = words.verdicts[point.verdict];
  const predicted = series(point, "predicted_gradient_z")[0];
  const expected = predicted === packing.missing ? words.unpredicted : words.predicted.replace("{predicted}", text(packing, predicted));
  const said = sentence.replace("{ratio}", text(packing, series(point, "gradient_z")[0])).replace("{theory}", expected);
  const agreeing = words.agreeing.replace("{seeds}", words.seeds).replace("{agreeing}", `${point.agreeing}`);
  const name = Object.assign(document.createElement("strong"), { textContent: head });
  verdictLine.replaceChildren(name, said + (isArticle(grid, state) ? words.one : agreeing));
  form.dataset.verdict = kind;
  remedyLine.replaceChildren();
  if (kind === "healthy") return;
  remedyLine.append(point.remedies.length ? words.helps : words.nothing);
  point.remedies.forEach((number, index) => {
    const [label, lesson, changes] = words.remedies[number - 1];
    const [opening, closing] = words.beside.split("{}");
    const why = link(words.lesson, lesson);
    why.setAttribute("aria-label", words.about.replace("{}", label));
    remedyLine.append(index ? words.between : "", link(label, address(allowed(grid, { ...state, ...changes }))));
    remedyLine.append(opening, why, closing);
  });
};

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [content] */
const element = (name, attributes, content) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, `${value}`);
  if (content !== undefined) made.textContent = content;
  return made;
};

/** Draws curves over the layers; the vertical axis is in decades, or in percent. @param {string} panel @param {Curve[]} curves @param {boolean} decades */
const draw = (panel, curves, decades) => {
  const svg = part(`[data-panel=${panel}]`);
  const [width, height, left, right, top, bottom] = [svg.clientWidth, svg.clientHeight, 48, 8, 8, 24];
  const { missing, zero, steps } = packing;
  const unit = decades ? steps : 1;
  const values = curves.flatMap(({ series: line, band }) => [...line, ...(band?.flat() ?? [])]);
  const known = values.filter((value) => value !== missing && value !== zero).map((value) => value / unit);
  const least = decades ? Math.min(-1, Math.floor(Math.min(0, ...known))) : 0;
  const high = decades ? Math.max(1, Math.ceil(Math.max(0, ...known))) : 100;
  const every = decades ? Math.max(1, Math.ceil((high - least) / 6)) : 50;
  // A log axis has no place for 0: it gets a line of its own below all others.
  const low = decades && values.includes(zero) ? least - every : least;
  const layers = Number(state.depth);
  /** @param {number} layer */
  const x = (layer) => (left + ((width - left - right) * (layer + 0.5)) / layers).toFixed(1);
  /** @param {number} value */
  const y = (value) => (top + ((height - top - bottom) * (high - Math.max(low, value / unit))) / (high - low)).toFixed(1);
  /** @param {number[]} line */
  const points = (line) => line.map((value, layer) => `${x(layer)} ${y(value)}`);
  /** @type {SVGElement[]} */
  const drawn = [];
  /** @param {number} tick @param {string} label */
  const line = (tick, label) => {
    const at = y(tick * unit);
    drawn.push(element("path", { class: tick || !decades ? "grid" : "one", d: `M${left} ${at}H${width - right}` }));
    drawn.push(element("text", { x: left - 6, y: at, dy: 4, "text-anchor": "end" }, label));
  };
  for (let tick = Math.ceil(least / every) * every; tick <= high; tick += every) line(tick, decades ? decade(tick) : `${tick}%`);
  if (low < least) line(low, "0");
  drawn.push(element("text", { x: left - 6, y: height - 6, "text-anchor": "end" }, words.layer));
  const step = layers > 20 ? 10 : layers > 10 ? 5 : layers > 5 ? 2 : 1;
  for (let layer = 1; layer <= layers; layer = layer === 1 && step > 1 ? step : layer + step) {
    drawn.push(element("text", { x: x(layer - 1), y: height - 6, "text-anchor": "middle" }, `${layer}`));
  }
  const there = curves.filter(({ series: line }) => line[0] !== missing);
  for (const { series: values, kind, band } of there) {
    if (band) drawn.push(element("path", { class: `spread ${kind}`, d: `M${[...points(band[1]), ...points(band[0]).reverse()].join("L")}Z` }));
    drawn.push(element("path", { class: `line ${kind}`, d: `M${points(values).join("L")}` }));
  }
  // Above all lines, so that a prediction that is right hides no measurement.
  for (const { series: values, kind, dots } of there) {
    if (dots) values.forEach((value, layer) => drawn.push(element("circle", { class: kind, cx: x(layer), cy: y(value), r: layers > 20 ? 2 : 3 })));
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(...drawn);
};

/** @param {Point} point */
const drawAll = (point) => {
  /** @param {string} name */
  const get = (name) => series(point, name);
  /** @param {string} name @returns {[number[], number[]]} */
  const band = (name) => [get(`${name}_low`), get(`${name}_high`)];
  draw(
    "gradients",
    [
      { series: get("gradient_z"), kind: "delta", dots: true, band: band("gradient_z") },
      { series: get("gradient_w"), kind: "weight" },
      { series: get("predicted_gradient_z"), kind: "theory" },
    ],
    true,
  );
  draw(
    "activations",
    [
      { series: get("activation"), kind: "activation", dots: true, band: band("activation") },
      { series: get("predicted_activation"), kind: "theory" },
    ],
    true,
  );
  draw("shares", [{ series: get("share"), kind: "share", dots: true }], false);
};

/** The numbers behind the drawings, while they are asked for. @param {Point} point */
const list = (point) => {
  if (!numbers.open) return;
  const columns = words.columns.map((/** @type {string} */ name) => ({ name, values: series(point, name) }));
  const layers = Array.from({ length: Number(state.depth) }, (_, layer) => {
    const row = document.createElement("tr");
    const head = Object.assign(document.createElement("th"), { textContent: `${layer + 1}`, scope: "row" });
    row.append(head);
    for (const { name, values } of columns) {
      const value = values[layer];
      const percent = value === packing.missing ? "–" : `${value}%`;
      const content = name === "share" ? percent : text(packing, value);
      row.append(Object.assign(document.createElement("td"), { textContent: content }));
    }
    return row;
  });
  rows.replaceChildren(...layers);
};

/** Sets every control to the state. */
const sync = () => {
  for (const control of /** @type {Iterable<HTMLInputElement>} */ (/** @type {unknown} */ (form.elements))) {
    const { name, type } = control;
    const fixed = isArticle(grid, state) && ["scale", "width", "normalization", "residual"].includes(name);
    if (name) control.disabled = fixed;
    if (type === "radio") control.checked = control.value === state[name];
    else if (type === "range") slide(control);
    else if (name) control.value = state[name];
  }
  part(".playground-share").textContent = words.shares[state.activation];
  for (const other of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".languages a"))) {
    other.search = query(grid, state);
  }
};

/** @param {HTMLInputElement} control */
const slide = (control) => {
  const setting = control.name === "scale" ? "weights" : control.name;
  const value = state[setting];
  const label = setting === "weights" ? (words.scales[value] ?? "–") : value;
  if (axes[setting].includes(value)) control.value = `${axes[setting].indexOf(value)}`;
  control.setAttribute("aria-valuetext", label);
  const output = control.closest(".playground-field")?.querySelector("output");
  if (output) output.textContent = label.split(/[:：]/)[0];
};

/** What stands there belongs to other settings. */
const fail = () => {
  shown = undefined;
  delete form.dataset.verdict;
  verdictLine.textContent = words.failed;
  remedyLine.replaceChildren();
  rows.replaceChildren();
  for (const svg of form.querySelectorAll("svg")) svg.replaceChildren();
};

/** Shows the state; what arrives late for a state that has passed is not shown. */
const show = async () => {
  const wanted = state;
  sync();
  form.setAttribute("aria-busy", "true");
  try {
    const point = await load(wanted.activation);
    if (wanted !== state) return;
    shown = point(place(grid, state));
    say(shown);
    drawAll(shown);
    list(shown);
  } catch {
    if (wanted === state) fail();
  }
  if (wanted === state) form.removeAttribute("aria-busy");
};

/** The state that the controls are set to. */
const chosen = () => {
  const data = new FormData(form);
  const wanted = { ...state };
  for (const name of ["activation", "weights", "width", "normalization", "residual"]) {
    if (data.has(name)) wanted[name] = `${data.get(name)}`;
  }
  wanted.depth = axes.depth[Number(data.get("depth"))];
  return wanted;
};

const read = () => {
  state = allowed(grid, Object.fromEntries(new URLSearchParams(location.search)));
  show();
};

/** @param {string} to */
const go = (to) => {
  if (to !== location.pathname + location.search) history.pushState(null, "", to);
};

form.addEventListener("input", ({ target }) => {
  const control = /** @type {HTMLInputElement} */ (target);
  const wanted = chosen();
  if (control.name === "scale") wanted.weights = axes.weights[Number(control.value)];
  // Leaving the article's network, whose width no other has.
  if (!axes.width.includes(wanted.width)) wanted.width = grid.start.width;
  state = allowed(grid, wanted);
  show();
});
// A slider that is being dragged makes one entry in the browser's history, when it is let go.
form.addEventListener("change", () => go(address(state)));
form.addEventListener("submit", (event) => event.preventDefault());
numbers.addEventListener("toggle", () => shown && list(shown));
addEventListener("popstate", read);
// Links of the text to other networks need not load the page again.
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element && event.target.closest("a");
  if (!target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || !target.closest("article")) return;
  if (target.origin !== location.origin || target.pathname !== location.pathname || target.hash) return;
  event.preventDefault();
  go(target.pathname + target.search);
  read();
  form.scrollIntoView();
});
new ResizeObserver(() => shown && drawAll(shown)).observe(form);
read();
