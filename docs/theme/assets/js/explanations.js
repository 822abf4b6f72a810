// @ts-check
"use strict";
// Shows beside a term its definition, and beside a mark what was measured: on hover, on focus, and at the first tap, which
// a second one follows to the glossary or the evidence. Escape closes it, and it stays while the pointer is on it.
{
  const explained = "a:is(.term, .check, .claim)";
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(explained));
  const box = document.createElement("div");
  box.id = "explanation";
  box.className = "explanation";
  box.setAttribute("role", "tooltip");
  box.hidden = true;
  document.querySelector("main")?.append(box);
  /** @type {HTMLAnchorElement | null} */
  let shown = null;
  let leaving = 0;

  const hide = () => {
    clearTimeout(leaving);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    box.hidden = true;
  };

  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 150); // long enough to move the pointer onto the box
  };

  /** @param {HTMLAnchorElement} link */
  const show = (link) => {
    clearTimeout(leaving);
    if (link === shown) return;
    hide();
    shown = link;
    box.textContent = link.dataset.explanation ?? "";
    box.hidden = false;
    link.setAttribute("aria-describedby", box.id);
    // A term may be broken over two lines: the first part is where it is read.
    const { left, top, bottom } = link.getClientRects()[0] ?? link.getBoundingClientRect();
    const header = document.querySelector(".md-header")?.getBoundingClientRect().bottom ?? 0;
    const above = top - header > box.offsetHeight + 8;
    const width = document.documentElement.clientWidth;
    const x = Math.max(8, Math.min(left, width - box.offsetWidth - 8));
    const y = above ? top - box.offsetHeight - 4 : bottom + 4;
    const origin = (box.offsetParent ?? document.documentElement).getBoundingClientRect();
    box.style.left = `${x - origin.left}px`;
    box.style.top = `${y - origin.top}px`;
  };

  for (const link of links) {
    const name = link.matches(".check") ? link.ariaLabel : null;
    link.dataset.explanation = [name, link.title].filter(Boolean).join("\n");
    link.removeAttribute("title"); // or the browser shows it a second time
    let touched = false;
    link.addEventListener("pointerdown", ({ pointerType }) => (touched = pointerType === "touch" && link !== shown));
    link.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && show(link));
    link.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && leave());
    link.addEventListener("focus", () => show(link));
    link.addEventListener("blur", leave);
    link.addEventListener("click", (event) => {
      if (touched) event.preventDefault();
      touched = false;
      show(link);
    });
  }
  box.addEventListener("pointerenter", () => clearTimeout(leaving));
  box.addEventListener("pointerleave", leave);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  document.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Element && !target.closest(`${explained}, .explanation`)) hide();
  });
}
