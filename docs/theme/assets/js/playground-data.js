// @ts-check

/**
 * The playground's data and settings, without the page: what is in a file, where, and how a number is written.
 * @typedef {Record<string, string>} State  one value for each setting, as in the address
 * @typedef {{ series: number[][], verdict: number, agreeing: number, remedies: number[] }} Point  one network
 * @typedef {{ series: string[], beside: number[], steps: number, zero: number, missing: number }} Packing
 * @typedef {object} Grid
 * @property {Record<string, string[]>} axes  the settings that run within a file, the slowest first
 * @property {string[]} activations  one file each
 * @property {State} usual  what an address leaves out
 * @property {State} opening  what the bare address shows
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

/** Of numbers the nearest by ratio, if all are numbers. @param {string[]} values @param {string | undefined} wanted */
const nearest = (values, wanted) => {
  /** @param {string} value */
  const distance = (value) => Math.abs(Math.log(Number(value) / Number(wanted)));
  const best = values.reduce((found, value) => (distance(value) < distance(found) ? value : found));
  return Number.isFinite(values.reduce((sum, value) => sum + distance(value), 0)) ? best : undefined;
};

/**
 * A state that the grid has: what is not asked for is as usual, what the grid does not know the nearest that it does.
 * @param {Grid} grid
 * @param {State} wanted
 */
export const allowed = (grid, wanted) => {
  const names = Object.keys(grid.usual);
  if (!names.some((name) => name in wanted)) return grid.opening;
  /** @type {State} */
  const found = {};
  for (const name of names) {
    const values = name === "activation" ? grid.activations : grid.axes[name];
    found[name] = values.includes(wanted[name]) ? wanted[name] : (nearest(values, wanted[name]) ?? grid.usual[name]);
  }
  return isArticle(grid, wanted) ? { ...found, ...grid.article } : found;
};

/** What is asked for and not shown, as in the address. @param {State} asked @param {State} shown */
export const differing = (asked, shown) => Object.keys(shown).filter((name) => name in asked && asked[name] !== shown[name]);

/** The query of a state: what is not as usual, and "" for the one that the bare address shows. @param {Grid} grid @param {State} state */
export const query = (grid, state) => {
  const { usual, opening } = grid;
  const names = Object.keys(state);
  if (names.every((name) => state[name] === opening[name])) return "";
  const told = names.filter((name) => state[name] !== usual[name]);
  return `?${(told.length ? told : ["weights"]).map((name) => `${name}=${state[name]}`).join("&")}`;
};

/** The numbers of a file: seven bits a byte, the last byte of each below 128, signs folded in. @param {Uint8Array} bytes */
const integers = (bytes) => {
  const found = new Int32Array(bytes.length); // as many, or fewer
  let [count, value, shift] = [0, 0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    value |= (byte & 127) << shift;
    shift += 7;
    if (byte > 127) continue;
    found[count++] = value & 1 ? -((value + 1) >> 1) : value >> 1;
    value = shift = 0;
  }
  return found.subarray(0, count);
};

/**
 * Unpacks a file; of the differences that it holds only those of the point that is asked for are added up.
 * @param {Grid} grid
 * @param {Uint8Array} bytes
 * @returns {(index: number) => Point}
 */
export const unpack = (grid, bytes) => {
  const layers = depths(grid);
  const all = integers(bytes);
  const starts = [4 * layers.length];
  for (const depth of layers) starts.push(starts[starts.length - 1] + depth);
  const every = starts[layers.length] - starts[0];
  const { beside } = grid.packed;
  if (all.length !== starts[0] + every * beside.length) throw new Error("another grid than the page's");
  return (index) => {
    const [verdict, agreeing, ...remedies] = all.subarray(4 * index, 4 * index + 4);
    /** @type {number[][]} */
    const series = [];
    for (const [which, other] of beside.entries()) {
      let last = 0;
      const differences = all.subarray(starts[index] + which * every, starts[index + 1] + which * every);
      series.push(Array.from(differences, (difference, layer) => (last += difference) + (series[other]?.[layer] ?? 0)));
    }
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
  const two = (10 ** (packed / steps)).toPrecision(2);
  if (power >= -2 && power < 3) return two.includes("e") ? `${Number(two)}` : two;
  const [mantissa, exponent] = (10 ** (packed / steps)).toExponential(1).split("e");
  return `${mantissa}\u00a0×\u00a0${tenTo(Number(exponent))}`;
};

/** A power of ten beside an axis, its exponent behind ^. @param {number} power */
export const decade = (power) => (power >= -2 && power < 3 ? `${Number((10 ** power).toPrecision(1))}` : `10^${power}`.replace("-", "−"));
