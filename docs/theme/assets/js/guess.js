// @ts-check
"use strict";
// A guess shows the measurement beside it and says how far off it is; an exercise compares a number with the answer.
{
  for (const block of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".guess"))) {
    const said = /** @type {HTMLElement} */ (block.querySelector(".guess-said"));
    const answer = /** @type {HTMLDetailsElement} */ (block.querySelector(".guess-answer"));
    const choices = /** @type {NodeListOf<HTMLButtonElement>} */ (block.querySelectorAll(".guess-choices button"));
    for (const choice of choices) {
      choice.disabled = false;
      choice.addEventListener("click", () => {
        for (const other of choices) other.setAttribute("aria-pressed", `${other === choice}`);
        for (const mark of block.querySelectorAll("[data-choice]")) {
          mark.classList.toggle("chosen", mark.getAttribute("data-choice") === choice.value);
        }
        said.textContent = `${choice.dataset.said}`;
        answer.open = true;
      });
    }
  }

  /** A number as people type it: 0.5, 3e-4, 3 × 10⁻⁴, 3*10^-4, 1/3, 12 %, 1,000. @param {string} typed */
  const number = (typed) => {
    const plain = typed
      .replace(/[⁰¹²³⁴-⁹⁻]+/g, (power) => `^${[...power].map((sign) => (sign === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(sign))).join("")}`)
      .replace(/[−–]/g, "-")
      .replace(/[\s,]/g, "");
    const parts = /^(-?[\d.]+(?:e[-+]?\d+)?)?(?:[×x*·]?(-?10)\^(-?\d+))?(?:\/([\d.]+))?([%％]?)$/i.exec(plain);
    if (!parts || (parts[1] === undefined && parts[2] === undefined)) return NaN;
    const [, mantissa = "1", base, power, divisor = "1", percent] = parts;
    return ((Number(mantissa) * (base ? Number(base) ** Number(power) : 1)) / Number(divisor)) * (percent ? 0.01 : 1);
  };

  /** Relative: what a reader rounds is right. */
  const TOLERANCE = 0.05;
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".exercise"))) {
    const field = /** @type {HTMLInputElement} */ (place.querySelector("input"));
    const output = /** @type {HTMLOutputElement} */ (place.querySelector("output"));
    const answer = Number(place.dataset.value);
    /** @param {number} typed */
    const judged = (typed) => {
      if (!Number.isFinite(typed)) return "unread";
      if (Math.abs(typed - answer) <= TOLERANCE * Math.abs(answer)) return "right";
      if (typed * answer < 0) return "sign";
      return Math.abs(typed) > Math.abs(answer) ? "high" : "low";
    };
    const compare = () => {
      const verdict = judged(number(field.value));
      place.dataset.judged = verdict;
      output.textContent = `${place.dataset[verdict]}`;
    };
    place.querySelector("button")?.addEventListener("click", compare);
    field.addEventListener("keydown", ({ key }) => key === "Enter" && compare());
  }
}
