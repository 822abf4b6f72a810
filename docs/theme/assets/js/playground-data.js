// @ts-check

/**
 * The playground's data and settings, without the page: what is in a file, where, and how a number is written.
 * @typedef {Record<string, string>} State  one value for each setting, as in the address
 * @typedef {{ series: number[][], verdict: number, agreeing: number, remedies: number[] }} Point  one network
 * @typedef {{ series: string[], beside: number[], steps: number, zero: number, missing: number }} Packing
 * @typedef {object} Grid
 * @property {Record<string, string[]>} axes  the settings that run within a file, the slowest first
 * @property {string[]} activations  one file each
 * @property {State} start
 * @property {State} article  what the article's network fixes
 * @property {Packing} packed
 */

/** @param {Grid} grid @param {State} state */
export const isArticle = (grid, state) => state.weights === grid.article.weights;

/** The number of layers of every point of a file, in its order: the last points are the article's. @param {Grid} grid */
export const depths = ({ axes }) => {
  const { weights, normalization, residual, depth, width } = axes;
  const some = depth.flatMap((layers) => width.map(() => Number(layers)));
  /** @type {number[]} */
  const all = Array(weights.length * normalization.length * residual.length).fill(some).flat();
  return [...all, ...depth.map(Number)];
};

/** The place of a state among the points of its file. @param {Grid} grid @param {State} state */
export const place = (grid, state) => {
  const { axes } = grid;
  if (isArticle(grid, state)) return depths(grid).length - axes.depth.length + axes.depth.indexOf(state.depth);
  return Object.entries(axes).reduce((index, [name, values]) => index * values.length + values.indexOf(state[name]), 0);
};

/** A state that the grid has; what it does not know becomes the start's. @param {Grid} grid @param {State} wanted */
export const allowed = (grid, wanted) => {
  /** @type {State} */
  const found = {};
  for (const [name, usual] of Object.entries(grid.start)) {
    const values = name === "activation" ? grid.activations : grid.axes[name];
    found[name] = values.includes(wanted[name]) ? wanted[name] : usual;
  }
  return isArticle(grid, wanted) ? { ...found, ...grid.article } : found;
};

/** The query of a state, "" for the start: what differs from it. @param {Grid} grid @param {State} state */
export const query = (grid, state) => {
  const pairs = Object.entries(state).filter(([name, value]) => value !== grid.start[name]);
  return pairs.length ? `?${pairs.map(([name, value]) => `${name}=${value}`).join("&")}` : "";
};

/**
 * Unpacks a file: seven bits a byte, the last byte of a number below 128, signs folded in.
 * @param {Grid} grid
 * @param {Uint8Array} bytes
 * @returns {(index: number) => Point}
 */
export const unpack = (grid, bytes) => {
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
  const layers = depths(grid);
  const heads = Int16Array.from({ length: 4 * layers.length }, next);
  const starts = [0];
  for (const depth of layers) starts.push(starts[starts.length - 1] + depth);
  /** @type {Int16Array[]} */
  const all = [];
  for (const other of grid.packed.beside) {
    const values = new Int16Array(starts[layers.length]);
    for (let point = 0; point < layers.length; point++) {
      for (let layer = starts[point], last = 0; layer < starts[point + 1]; layer++) {
        last += next();
        values[layer] = last + (all[other]?.[layer] ?? 0);
      }
    }
    all.push(values);
  }
  if (at !== bytes.length) throw new Error("another grid than the page's");
  return (index) => {
    const [verdict, agreeing, ...remedies] = heads.subarray(4 * index, 4 * index + 4);
    const series = all.map((values) => [...values.subarray(starts[index], starts[index + 1])]);
    return { series, verdict, agreeing, remedies: remedies.filter(Boolean) };
  };
};

/** @param {number} power */
const tenTo = (power) => `10${`${power}`.replace(/./g, (digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]))}`;

/** A packed value for people: two digits, and a power of ten where it is far from 1. @param {Packing} packing @param {number} packed */
export const text = ({ steps, zero, missing }, packed) => {
  if (packed === missing) return "–";
  if (packed === zero) return "0";
  const power = Math.floor(packed / steps);
  if (power >= -2 && power < 3) return `${Number((10 ** (packed / steps)).toPrecision(2))}`;
  const [mantissa, exponent] = (10 ** (packed / steps)).toExponential(1).split("e");
  return `${mantissa}\u00a0×\u00a0${tenTo(Number(exponent))}`;
};

/** A power of ten beside an axis. @param {number} power */
export const decade = (power) => (power >= -2 && power < 3 ? `${Number((10 ** power).toPrecision(1))}` : tenTo(power));
