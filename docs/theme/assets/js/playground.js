// @ts-check
"use strict";
{
  /** @typedef {Record<string, string>} State  one value for each setting, as in the address */
  /** @typedef {{ series: number[][], verdict: number, agreeing: number, remedies: number[] }} Point  one network */
  /** @typedef {{ name: string, series: number[], kind: string, dots?: boolean, band?: [number[], number[]] }} Curve */

  const form = /** @type {HTMLFormElement} */ (document.querySelector("form.playground"));
  const words = JSON.parse(form.querySelector("script")?.textContent ?? "");
  const { steps, zero, missing, series: names, beside } = words.packed;
  const axes = /** @type {Record<string, string[]>} */ (words.axes);
  const verdictLine = /** @type {HTMLElement} */ (form.querySelector(".playground-verdict"));
  const remedyLine = /** @type {HTMLElement} */ (form.querySelector(".playground-remedy"));
  const rows = /** @type {HTMLElement} */ (form.querySelector(".playground-rows tbody"));
  const numbers = /** @type {HTMLDetailsElement} */ (form.querySelector(".playground-numbers"));
  /** @type {Map<string, Promise<(index: number) => Point>>} */
  const files = new Map();
  /** @type {State} */
  let state = words.start;
  /** @type {Point | undefined} */
  let shown;

  /** The number of layers of every point of a file, in its order: the last points are the article's. @returns {number[]} */
  const depths = () => {
    const { weights, normalization, residual, depth, width } = axes;
    const some = depth.flatMap((layers) => width.map(() => Number(layers)));
    const all = Array(weights.length * normalization.length * residual.length).fill(some).flat();
    return [...all, ...depth.map(Number)];
  };

  /** Unpacks a file: seven bits a byte, the last byte of a number below 128, signs folded in. @param {ArrayBuffer} buffer @returns {(index: number) => Point} */
  const unpack = (buffer) => {
    const bytes = new Uint8Array(buffer);
    let at = 0;
    const next = () => {
      let [value, shift, byte] = [0, 0, 0];
      do {
        byte = bytes[at++];
        value |= (byte & 127) << shift;
        shift += 7;
      } while (byte > 127);
      return value & 1 ? -((value + 1) >> 1) : value >> 1;
    };
    const layers = depths();
    const heads = Int16Array.from({ length: 4 * layers.length }, next);
    const starts = [0];
    for (const depth of layers) starts.push(starts[starts.length - 1] + depth);
    /** @type {Int16Array[]} */
    const all = [];
    for (const other of beside) {
      const values = new Int16Array(starts[layers.length]);
      for (let point = 0; point < layers.length; point++) {
        for (let place = starts[point], last = 0; place < starts[point + 1]; place++) {
          last += next();
          values[place] = last + (all[other]?.[place] ?? 0);
        }
      }
      all.push(values);
    }
    return (index) => {
      const [verdict, agreeing, ...remedies] = heads.subarray(4 * index, 4 * index + 4);
      const series = all.map((values) => [...values.subarray(starts[index], starts[index + 1])]);
      return { series, verdict, agreeing, remedies: remedies.filter(Boolean) };
    };
  };

  /** The networks of one activation function, fetched once. @param {string} activation */
  const load = (activation) => {
    let file = files.get(activation);
    if (!file) {
      file = fetch(`${form.dataset.source}${activation}.bin`).then(async ({ ok, body, url }) => {
        if (!ok || !body) throw new Error(url);
        return unpack(await new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
      });
      file.catch(() => files.delete(activation));
      files.set(activation, file);
    }
    return file;
  };

  const isArticle = () => state.weights === words.article.weights;

  /** The place of the state among the points of its file. */
  const place = () => {
    if (isArticle()) return depths().length - axes.depth.length + axes.depth.indexOf(state.depth);
    return Object.entries(axes).reduce((index, [name, values]) => index * values.length + values.indexOf(state[name]), 0);
  };

  /** A state that the grid has; what it does not know becomes the start's. @param {State} wanted @returns {State} */
  const allowed = (wanted) => {
    /** @type {State} */
    const found = {};
    for (const [name, usual] of Object.entries(/** @type {State} */ (words.start))) {
      const values = name === "activation" ? words.activations : axes[name];
      found[name] = values.includes(wanted[name]) ? wanted[name] : usual;
    }
    return wanted.weights === words.article.weights ? { ...found, ...words.article } : found;
  };

  /** The address of a state: what differs from the start. @param {State} wanted */
  const address = (wanted) => {
    const pairs = Object.entries(wanted).filter(([name, value]) => value !== words.start[name]);
    return `?${pairs.map(([name, value]) => `${name}=${value}`).join("&")}`;
  };

  /** A packed value for people: two digits, and a power of ten where it is far from 1. @param {number} packed */
  const text = (packed) => {
    if (packed === missing) return "–";
    if (packed === zero) return "0";
    const power = Math.floor(packed / steps);
    if (power >= -2 && power < 3) return `${Number((10 ** (packed / steps)).toPrecision(2))}`;
    const [mantissa, exponent] = (10 ** (packed / steps)).toExponential(1).split("e");
    const raised = `${Number(exponent)}`.replace(/./g, (digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]));
    return `${mantissa}\u00a0×\u00a010${raised}`;
  };

  /** @param {Point} point @param {string} name @returns {number[]} */
  const series = (point, name) => point.series[names.indexOf(name)];

  /** What the probe says, in words. @param {Point} point */
  const say = (point) => {
    const [kind, sentence] = words.verdicts[point.verdict];
    const predicted = series(point, "predicted_gradient_z")[0];
    const theory = predicted === missing ? words.unpredicted : words.predicted.replace("{predicted}", text(predicted));
    const said = sentence.replace("{ratio}", text(series(point, "gradient_z")[0])).replace("{theory}", theory);
    const agreeing = words.agreeing.replace("{seeds}", words.seeds).replace("{agreeing}", `${point.agreeing}`);
    verdictLine.textContent = said + (isArticle() ? words.one : agreeing);
    form.dataset.verdict = kind;
    remedyLine.replaceChildren();
    if (kind === "healthy") return;
    remedyLine.append(point.remedies.length ? words.helps : words.nothing);
    point.remedies.forEach((number, index) => {
      const [label, lesson, changes] = words.remedies[number - 1];
      const [opening, closing] = words.beside.split("{}");
      remedyLine.append(index ? words.between : "", link(label, address(allowed({ ...state, ...changes }))));
      remedyLine.append(opening, link(words.lesson, lesson), closing);
    });
  };

  /** @param {string} label @param {string} href */
  const link = (label, href) => Object.assign(document.createElement("a"), { textContent: label, href });

  /** @param {string} name @param {Record<string, string | number>} attributes @param {string} [content] */
  const element = (name, attributes, content) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, `${value}`);
    if (content !== undefined) made.textContent = content;
    return made;
  };

  /** Draws curves over the layers; the vertical axis is in decades, or in percent. @param {string} panel @param {Curve[]} curves @param {boolean} decades */
  const draw = (panel, curves, decades) => {
    const svg = /** @type {SVGElement} */ (form.querySelector(`[data-panel=${panel}]`));
    const [width, height, left, right, top, bottom] = [svg.clientWidth, svg.clientHeight, 48, 8, 8, 24];
    const unit = decades ? steps : 1;
    const values = curves.flatMap(({ series, band }) => [...series, ...(band?.flat() ?? [])]);
    const known = values.filter((value) => value !== missing && value !== zero).map((value) => value / unit);
    const low = decades ? Math.min(-1, Math.floor(Math.min(0, ...known))) : 0;
    const high = decades ? Math.max(1, Math.ceil(Math.max(0, ...known))) : 100;
    const layers = Number(state.depth);
    /** @param {number} layer */
    const x = (layer) => left + ((width - left - right) * (layer + 0.5)) / layers;
    /** What is 0 lies on the lower edge of a log axis. @param {number} value */
    const y = (value) => top + ((height - top - bottom) * (high - Math.max(low, value / unit))) / (high - low);
    /** @param {number[]} line */
    const path = (line) =>
      line.map((value, layer) => (value === missing ? "" : `${layer ? "L" : "M"}${x(layer).toFixed(1)} ${y(value).toFixed(1)}`)).join("");
    /** @type {SVGElement[]} */
    const drawn = [];
    const every = decades ? Math.max(1, Math.ceil((high - low) / 6)) : 50;
    for (let tick = Math.ceil(low / every) * every; tick <= high; tick += every) {
      const at = y(tick * unit);
      drawn.push(element("path", { class: tick || !decades ? "grid" : "one", d: `M${left} ${at.toFixed(1)}H${width - right}` }));
      drawn.push(element("text", { x: left - 6, y: at + 4, "text-anchor": "end" }, decades ? text(tick * unit).replace("1.0\u00a0×\u00a0", "") : `${tick}%`));
    }
    const step = layers > 20 ? 10 : layers > 10 ? 5 : layers > 5 ? 2 : 1;
    for (let layer = 1; layer <= layers; layer = layer === 1 && step > 1 ? step : layer + step) {
      drawn.push(element("text", { x: x(layer - 1), y: height - 6, "text-anchor": "middle" }, `${layer}`));
    }
    for (const { series: line, kind, dots, band } of curves) {
      if (band) drawn.push(element("path", { class: `spread ${kind}`, d: `${path(band[1])}L${path([...band[0]]).slice(1).split("L").reverse().join("L")}Z` }));
      drawn.push(element("path", { class: `line ${kind}`, d: path(line) }));
      if (dots) line.forEach((value, layer) => drawn.push(element("circle", { class: kind, cx: x(layer).toFixed(1), cy: y(value).toFixed(1), r: layers > 20 ? 2 : 3 })));
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
        { name: "delta", series: get("gradient_z"), kind: "delta", dots: true, band: band("gradient_z") },
        { name: "weight", series: get("gradient_w"), kind: "weight" },
        { name: "theory", series: get("predicted_gradient_z"), kind: "theory" },
      ],
      true,
    );
    draw(
      "activations",
      [
        { name: "activation", series: get("activation"), kind: "activation", dots: true, band: band("activation") },
        { name: "theory", series: get("predicted_activation"), kind: "theory" },
      ],
      true,
    );
    draw("shares", [{ name: "share", series: get("share"), kind: "share", dots: get("share")[0] !== missing }], false);
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
        const percent = value === missing ? "–" : `${value}%`;
        row.append(Object.assign(document.createElement("td"), { textContent: name === "share" ? percent : text(value) }));
      }
      return row;
    });
    rows.replaceChildren(...layers);
  };

  /** Sets every control to the state. */
  const sync = () => {
    for (const control of /** @type {Iterable<HTMLInputElement>} */ (/** @type {unknown} */ (form.elements))) {
      const { name, type } = control;
      const fixed = isArticle() && ["scale", "width", "normalization", "residual"].includes(name);
      if (name) control.disabled = fixed;
      if (type === "radio") control.checked = control.value === state[name];
      else if (type === "range") slide(control);
      else if (name) control.value = state[name];
    }
    const shares = /** @type {HTMLElement} */ (form.querySelector(".playground-share"));
    shares.textContent = words.shares[state.activation];
    for (const other of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".languages a"))) {
      other.search = location.search;
    }
  };

  /** @param {HTMLInputElement} control */
  const slide = (control) => {
    const values = control.name === "scale" ? axes.weights : axes[control.name];
    const value = state[control.name === "scale" ? "weights" : control.name];
    const label = control.name === "scale" ? (words.scales[value] ?? "–") : value;
    if (values.includes(value)) control.value = `${values.indexOf(value)}`;
    control.setAttribute("aria-valuetext", label);
    const output = control.closest(".playground-field")?.querySelector("output");
    if (output) output.textContent = label.split(/[:：]/)[0];
  };

  /** Shows the state; what arrives late for a state that has passed is not shown. */
  const show = async () => {
    const wanted = state;
    sync();
    try {
      const point = await load(wanted.activation);
      if (wanted !== state) return;
      shown = point(place());
      say(shown);
      drawAll(shown);
      list(shown);
    } catch {
      if (wanted === state) verdictLine.textContent = words.failed;
    }
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
    state = allowed(Object.fromEntries(new URLSearchParams(location.search)));
    show();
  };

  /** @param {string} search */
  const go = (search) => {
    if (search !== (location.search || "?")) history.pushState(null, "", search);
  };

  form.addEventListener("input", ({ target }) => {
    const control = /** @type {HTMLInputElement} */ (target);
    const wanted = chosen();
    if (control.name === "scale") wanted.weights = axes.weights[Number(control.value)];
    // Leaving the article's network, whose width no other has.
    if (!axes.width.includes(wanted.width)) wanted.width = words.start.width;
    state = allowed(wanted);
    show();
  });
  // A slider that is being dragged makes one entry in the browser's history, when it is let go.
  form.addEventListener("change", () => {
    go(address(state));
    sync();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  numbers.addEventListener("toggle", () => shown && list(shown));
  addEventListener("popstate", read);
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element && event.target.closest("a");
    if (!target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || target.closest(".languages")) return;
    if (target.origin !== location.origin || target.pathname !== location.pathname || target.hash || !target.search) return;
    event.preventDefault();
    go(target.search);
    read();
    form.scrollIntoView();
  });
  new ResizeObserver(() => shown && drawAll(shown)).observe(form);
  read();
}
