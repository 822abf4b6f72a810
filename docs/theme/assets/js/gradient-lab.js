// @ts-check
"use strict";
{
  const scrollers = ".exhibit-drawing, .notebook-output, .formula, .playground-table, .md-typeset__scrollwrap, pre > code";
  const close = "Close"; // the build writes the language's word

  /**
   * Shows a copy of a figure's drawing in a modal dialog. Its ids stay with the original, to which its markers still refer.
   * @param {Element} drawing
   * @param {HTMLElement} opener
   */
  const enlarge = (drawing, opener) => {
    const dialog = document.createElement("dialog");
    const button = document.createElement("button");
    const copy = /** @type {HTMLElement} */ (drawing.cloneNode(true));
    for (const element of copy.querySelectorAll("[id]")) element.removeAttribute("id");
    dialog.className = "exhibit-dialog md-typeset";
    dialog.setAttribute("aria-label", copy.querySelector("svg")?.getAttribute("aria-label") ?? "");
    button.textContent = close;
    dialog.append(button, copy);
    dialog.onclick = ({ target }) => (target === dialog || target === button) && dialog.close();
    dialog.onclose = () => {
      dialog.remove();
      opener.focus();
    };
    document.body.append(dialog);
    dialog.showModal();
  };

  /** The fragment of what the reader is looking at: the link's target while visible, else the last heading passed. */
  const place = () => {
    const target = document.querySelector(":target");
    const box = target?.getBoundingClientRect();
    if (box && box.bottom > 0 && box.top < innerHeight) return target?.id;
    const headings = [...document.querySelectorAll("article :is(h2, h3, h4)[id]")];
    return headings.findLast((heading) => heading.getBoundingClientRect().top < 120)?.id;
  };

  /** @param {MouseEvent} event */
  const follow = (event) => {
    const link = event.target instanceof Element && event.target.closest("a");
    if (!link) return;
    if (link.closest(".languages")) {
      link.hash = place() ?? "";
      try {
        localStorage.setItem("gradient-lab-language", link.hreflang);
      } catch {} // a browser that stores nothing still follows the link
    } else if (link.matches(".exhibit-enlarge") && !event.button && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      const drawing = link.closest(".exhibit")?.querySelector(".exhibit-drawing");
      if (!drawing) return;
      event.preventDefault();
      enlarge(drawing, link);
    }
  };
  document.addEventListener("click", follow);
  document.addEventListener("auxclick", follow);

  /**
   * Makes each region a stop of the Tab key while, and only while, it has something to scroll. All are measured before
   * any is changed: a change between two measurements would lay the whole page out anew.
   * @param {Element[]} regions
   */
  const reach = (regions) => {
    const scrolling = regions.map((region) => region.scrollWidth > region.clientWidth);
    regions.forEach((region, index) => {
      const heads = [...region.querySelectorAll(":scope > .md-typeset__table th")];
      const columns = heads.map((head) => head.textContent?.trim()).join("; "); // as a table's name, which has no other
      const stop = { tabindex: "0", ...(columns && { role: "group", "aria-label": columns }) };
      for (const [name, value] of Object.entries(stop)) {
        if (!scrolling[index]) region.removeAttribute(name);
        else if (!region.hasAttribute(name)) region.setAttribute(name, value);
      }
    });
  };
  const sizes = new ResizeObserver((entries) => reach(entries.map(({ target }) => target)));

  /** Corrects what Material adds to a page while it loads: unreachable regions, and a landmark for every copy button. */
  const correct = () => {
    awaited = false;
    for (const bar of document.querySelectorAll(".md-code__nav")) bar.setAttribute("role", "presentation");
    for (const region of document.querySelectorAll(scrollers)) sizes.observe(region); // which tells each one's size anew
  };

  let awaited = false;
  /** Waits for the next frame, so that many changes are corrected at once. */
  const correctSoon = () => {
    if (!awaited) requestAnimationFrame(correct);
    awaited = true;
  };
  // The worker keeps what is read from now on; what this page needed before it was there, it is told.
  if (document.querySelector("link[rel=manifest]") && "serviceWorker" in navigator) {
    const { serviceWorker } = navigator;
    const first = !serviceWorker.controller;
    const start = async () => {
      const { __md_scope: root } = /** @type {{ __md_scope: URL }} */ (/** @type {unknown} */ (window));
      await serviceWorker.register(new URL("worker.js", root));
      const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
      if (first) (await serviceWorker.ready).active?.postMessage([location.href.replace(/[?#].*$/, ""), ...loaded]);
    };
    addEventListener("load", () => start().catch(() => {})); // where a worker is not allowed, nothing is missing
  }

  new MutationObserver(correctSoon).observe(document.body, { childList: true, subtree: true, attributeFilter: ["tabindex"] });
  correct();
}
