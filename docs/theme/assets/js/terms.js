// @ts-check
"use strict";
// Shows a term's definition beside it: on hover, on focus, and at the first tap, which a second one follows to the
// glossary. Escape closes it, and it stays while the pointer is on it.
{
  const terms = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a.term"));
  const box = document.createElement("div");
  box.id = "term-definition";
  box.className = "term-definition";
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
    leaving = setTimeout(hide, 150); // long enough to move the pointer onto the definition
  };

  /** @param {HTMLAnchorElement} term */
  const show = (term) => {
    clearTimeout(leaving);
    if (term === shown) return;
    hide();
    shown = term;
    box.textContent = term.dataset.definition ?? "";
    box.hidden = false;
    term.setAttribute("aria-describedby", box.id);
    // A term may be broken over two lines: the first part is where it is read.
    const { left, top, bottom } = term.getClientRects()[0] ?? term.getBoundingClientRect();
    const header = document.querySelector(".md-header")?.getBoundingClientRect().bottom ?? 0;
    const above = top - header > box.offsetHeight + 8;
    const width = document.documentElement.clientWidth;
    const x = Math.max(8, Math.min(left, width - box.offsetWidth - 8));
    const y = above ? top - box.offsetHeight - 4 : bottom + 4;
    const origin = (box.offsetParent ?? document.documentElement).getBoundingClientRect();
    box.style.left = `${x - origin.left}px`;
    box.style.top = `${y - origin.top}px`;
  };

  for (const term of terms) {
    term.dataset.definition = term.title;
    term.removeAttribute("title"); // or the browser shows it a second time
    let touched = false;
    term.addEventListener("pointerdown", ({ pointerType }) => (touched = pointerType === "touch" && term !== shown));
    term.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && show(term));
    term.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && leave());
    term.addEventListener("focus", () => show(term));
    term.addEventListener("blur", leave);
    term.addEventListener("click", (event) => {
      if (touched) event.preventDefault();
      touched = false;
      show(term);
    });
  }
  box.addEventListener("pointerenter", () => clearTimeout(leaving));
  box.addEventListener("pointerleave", leave);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  document.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Element && !target.closest("a.term, .term-definition")) hide();
  });
}
