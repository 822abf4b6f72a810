// @ts-check
"use strict";
{
  const scrollers = ".exhibit-drawing, .table-scroll, .notebook-output, pre > code";
  const close = document.documentElement.lang.startsWith("zh") ? "关闭" : "Close";

  /**
   * Shows a copy of a figure's drawing in a modal dialog. Its ids stay with the original, to which its markers still refer.
   * @param {Element} drawing
   * @param {HTMLElement} opener
   */
  const enlarge = (drawing, opener) => {
    const dialog = document.createElement("dialog");
    const button = document.createElement("button");
    const copy = /** @type {HTMLElement} */ (drawing.cloneNode(true));
    const svg = copy.querySelector("svg");
    const ids = svg?.getAttribute("aria-labelledby")?.split(" ") ?? [];
    const name = ids.map((id) => document.getElementById(id)?.textContent).join(" ");
    for (const element of copy.querySelectorAll("[id]")) element.removeAttribute("id");
    svg?.removeAttribute("aria-labelledby");
    svg?.setAttribute("aria-label", name);
    copy.tabIndex = 0;
    dialog.className = "exhibit-dialog";
    dialog.setAttribute("aria-label", name);
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

  // A region is a stop of the Tab key only while it has something to scroll.
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries)
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
  });
  for (const region of document.querySelectorAll(scrollers)) observer.observe(region);

  // Material puts the copy button of every code block into a landmark of its own; a button needs none.
  new MutationObserver(() => {
    for (const bar of document.querySelectorAll("nav.md-code__nav")) bar.setAttribute("role", "presentation");
  }).observe(document.body, { childList: true, subtree: true });
}
