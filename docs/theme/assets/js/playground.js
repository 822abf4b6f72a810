// @ts-check
import { allowed, decade, differing, isArticle, place, query, text, unpack } from "./playground-data.js";

/** @typedef {import("./playground-data.js").State} State */
/** @typedef {import("./playground-data.js").Point} Point */
/** @typedef {{ series: number[], kind: string, dots?: boolean, band?: [number[], number[]] }} Curve */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form.playground"));
/** @template {Element} E @param {string} selector @returns {E} */
const part = (selector) => /** @type {E} */ (form.querySelector(selector));
const words = JSON.parse(part("script").textContent ?? "");
const grid = /** @type {import("./playground-data.js").Grid} */ (words);
const { axes, packed: packing } = grid;
const mendedLine = /** @type {HTMLElement} */ (part(".playground-mended"));
const verdictLine = part(".playground-verdict");
const remedyLine = part(".playground-remedy");
const rows = part(".playground-rows tbody");
const numbers = /** @type {HTMLDetailsElement} */ (part(".playground-numbers"));
/** @type {Map<string, Promise<(index: number) => Point>>} */
const files = new Map();
let state = grid.opening;
/** @type {Point | undefined} */
let shown;
/** The network that the one shown is compared with: the last that the reader stayed at. @type {{ point: Point, depth: string } | undefined} */
let before;
/** The layer that is pointed at, from 0. @type {number | undefined} */
let pointed;
/** What a reader does to one control without a pause. */
const still = { name: "", at: 0, moving: false, entered: false };
let gesture = still;
const PAUSE = 1000;
/** The drawing within its panel: left, right, top, bottom. */
const MARGINS = [48, 8, 8, 24];

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
      const { ok, body, url } = await fetch(words.files[activation]);
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
  const within = state.residual === "none" ? words.within : words.blocks;
  const said = sentence.replace("{within}", within).replace("{ratio}", text(packing, series(point, "gradient_z")[0])).replace("{theory}", expected);
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

/**
 * Draws curves over the layers; the vertical axis is in decades, or in percent.
 * The axis of decades is the same for all networks of a depth but the extreme ones, so that a steeper curve is a worse one.
 * @param {SVGElement} svg @param {[number, number]} size @param {Curve[]} curves @param {boolean} decades
 */
const draw = (svg, size, curves, decades) => {
  const [width, height] = size;
  const [left, right, top, bottom] = MARGINS;
  const { missing, zero, steps } = packing;
  const unit = decades ? steps : 1;
  const values = curves.flatMap(({ series: line, band }) => [...line, ...(band?.flat() ?? [])]);
  const known = values.filter((value) => value !== missing && value !== zero).map((value) => value / unit);
  const [down, up] = [Math.ceil(Number(state.depth) / 2), Math.ceil(Number(state.depth) / 4)];
  const least = decades ? -down * Math.max(1, Math.ceil(-Math.min(0, ...known) / down)) : 0;
  const high = decades ? up * Math.max(1, Math.ceil(Math.max(0, ...known) / up)) : 100;
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
    const [base, power] = label.split("^");
    const made = element("text", { x: left - 6, y: at, dy: 4, "text-anchor": "end" }, base);
    if (power) made.append(element("tspan", { dy: -4 }, power)); // as large as the rest: small digits cannot be read
    drawn.push(made);
  };
  for (let tick = Math.ceil(least / every) * every; tick <= high; tick += every) line(tick, decades ? decade(tick) : `${tick}%`);
  if (low < least) line(low, "0");
  drawn.push(element("text", { x: left - 6, y: height - 6, "text-anchor": "end" }, words.layer));
  const step = layers > 20 ? 10 : layers > 10 ? 5 : layers > 5 ? 2 : 1;
  for (let layer = 1; layer <= layers; layer = layer === 1 && step > 1 ? step : layer + step) {
    drawn.push(element("text", { x: x(layer - 1), y: height - 6, "text-anchor": "middle" }, `${layer}`));
  }
  if (pointed !== undefined) drawn.push(element("path", { class: "pointed", d: `M${x(pointed)} ${top}V${height - bottom}` }));
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
  const ghost = before?.depth === state.depth ? before.point : undefined;
  form.toggleAttribute("data-compared", ghost !== undefined);
  /** @param {string} name @returns {Curve[]} */
  const behind = (name) => (ghost ? [{ series: series(ghost, name), kind: "before" }] : []);
  /** @param {string} name @param {string} kind @returns {Curve} */
  const median = (name, kind) => ({ series: series(point, name), kind, dots: true, band: [series(point, `${name}_low`), series(point, `${name}_high`)] });
  /** @param {string} name @param {string} kind @returns {Curve} */
  const line = (name, kind) => ({ series: series(point, name), kind });
  /** @type {[string, Curve[]][]} */
  const drawings = [
    ["gradients", [...behind("gradient_z"), median("gradient_z", "delta"), line("gradient_w", "weight"), line("predicted_gradient_z", "theory")]],
    ["activations", [...behind("activation"), median("activation", "activation"), line("predicted_activation", "theory")]],
    ["shares", [...behind("share"), { ...line("share", "share"), dots: true }]],
  ];
  // All sizes are read before anything is drawn, which would have the page laid out for each.
  const sized = drawings.map(([panel, curves]) => {
    const svg = /** @type {SVGElement} */ (part(`[data-panel=${panel}]`));
    /** @type {[number, number]} */
    const size = [svg.clientWidth, svg.clientHeight];
    return { svg, size, curves, decades: panel !== "shares" };
  });
  for (const { svg, size, curves, decades } of sized) draw(svg, size, curves, decades);
  readOut(point);
};

/** A number of a layer as it is written. @param {string} name @param {number} value */
const written = (name, value) => (name !== "share" ? text(packing, value) : value === packing.missing ? "–" : `${value}%`);

/** The values at the layer that is pointed at, or else the first, beside the keys of the curves. @param {Point} point */
const readOut = (point) => {
  const layer = pointed ?? 0;
  for (const place of form.querySelectorAll(".playground-pointed")) place.textContent = words.pointed.replace("{}", `${layer + 1}`);
  for (const output of /** @type {NodeListOf<HTMLOutputElement>} */ (form.querySelectorAll("output[data-series]"))) {
    const name = output.dataset.series ?? "";
    output.textContent = written(name, series(point, name)[layer]);
  }
};

/** @param {number | undefined} layer */
const pointAt = (layer) => {
  if (layer === pointed) return;
  pointed = layer;
  if (shown) drawAll(shown);
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
      row.append(Object.assign(document.createElement("td"), { textContent: written(name, values[layer]) }));
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
    // Who steps back to a network that fixes this control goes on from the one that chose it.
    if (control.disabled && control === document.activeElement) {
      /** @type {HTMLElement} */ (part("[name=weights]")).focus({ preventScroll: true });
    }
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
  if (output) output.textContent = setting === "weights" ? (words.stops[value] ?? label) : label;
};

/** What stands there belongs to other settings. */
const fail = () => {
  shown = undefined;
  delete form.dataset.verdict;
  verdictLine.textContent = words.failed;
  remedyLine.replaceChildren();
  rows.replaceChildren();
  for (const drawn of form.querySelectorAll("svg, .playground-pointed, output[data-series]")) drawn.replaceChildren();
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

/** Keeps the network that is left, to compare the next one with. */
const leave = () => {
  gesture = still;
  before = shown && { point: shown, depth: state.depth };
};

/** What the bare address or a part of it leaves open is filled in; what it asks for and is not there is said, and mended. */
const read = () => {
  const asked = Object.fromEntries(new URLSearchParams(location.search));
  leave();
  state = allowed(grid, asked);
  const wrong = differing(asked, state);
  mendedLine.hidden = !wrong.length;
  if (wrong.length) {
    /** @param {Record<string, string>} of */
    const list = (of) => wrong.map((name) => `${name}=${of[name].slice(0, 20)}`).join(", ");
    mendedLine.textContent = words.mended.replace("{asked}", () => list(asked)).replace("{shown}", () => list(state));
    history.replaceState(null, "", address(state) + location.hash);
  }
  show();
};

form.addEventListener("input", ({ target, timeStamp }) => {
  const { name, value } = /** @type {HTMLInputElement} */ (target);
  if (name !== gesture.name || (!gesture.moving && timeStamp - gesture.at > PAUSE)) {
    leave();
    gesture = { ...still, name };
  }
  gesture = { ...gesture, at: timeStamp, moving: true };
  const wanted = chosen();
  if (name === "scale") wanted.weights = axes.weights[Number(value)];
  // Leaving the article's network, whose width no other has.
  if (!axes.width.includes(wanted.width)) wanted.width = grid.usual.width;
  state = allowed(grid, wanted);
  mendedLine.hidden = true;
  show();
});
// A slider makes one entry in the browser's history, by dragging when it is let go, by keys with the first of them.
form.addEventListener("change", () => {
  const to = address(state);
  if (gesture.entered) history.replaceState(null, "", to);
  else if (to !== location.pathname + location.search) history.pushState(null, "", to);
  gesture = { ...gesture, moving: false, entered: true };
});
form.addEventListener("submit", (event) => event.preventDefault());
for (const svg of /** @type {NodeListOf<SVGElement>} */ (form.querySelectorAll("[data-panel]"))) {
  const follow = (/** @type {PointerEvent} */ { clientX }) => {
    const { left: start, width } = svg.getBoundingClientRect();
    const [left, right] = MARGINS;
    const layers = Number(state.depth);
    const layer = Math.floor(((clientX - start - left) / (width - left - right)) * layers);
    pointAt(layer >= 0 && layer < layers ? layer : undefined);
  };
  svg.addEventListener("pointermove", follow);
  svg.addEventListener("pointerdown", follow);
  svg.addEventListener("pointerleave", () => pointAt(undefined));
}
numbers.addEventListener("toggle", () => shown && list(shown));
addEventListener("popstate", read);
// Links of the text to other networks need not load the page again.
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element && event.target.closest("a");
  if (!target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || !target.closest("article")) return;
  if (target.origin !== location.origin || target.pathname !== location.pathname || target.hash) return;
  event.preventDefault();
  if (target.search !== location.search) history.pushState(null, "", target.pathname + target.search);
  read();
  form.scrollIntoView();
  form.focus({ preventScroll: true });
});
// The theme's button "back to top" would lie over what the reader sets.
new IntersectionObserver(([{ isIntersecting }]) => document.body.classList.toggle("playground-in-view", isIntersecting)).observe(form);
new ResizeObserver(() => shown && drawAll(shown)).observe(form);
read();
