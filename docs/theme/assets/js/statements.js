// @ts-check
"use strict";
{
  const form = /** @type {HTMLFormElement} */ (document.querySelector(".statement-filter"));
  const count = /** @type {HTMLOutputElement} */ (form.querySelector("output"));
  const rows = [...document.querySelectorAll("[data-verdict]")].map((mark) => {
    return { mark: /** @type {HTMLElement} */ (mark), row: /** @type {HTMLElement} */ (mark.closest("tr")) };
  });

  /** Hides the rows that are not asked for, and says how many are left. */
  const filter = () => {
    const chosen = [...new FormData(form)].filter(([, value]) => value);
    for (const { mark, row } of rows) row.hidden = chosen.some(([name, value]) => mark.dataset[name] !== value);
    const shown = rows.filter(({ row }) => !row.hidden).length;
    count.textContent = `${count.dataset.shown}`.replace("{shown}", `${shown}`).replace("{all}", `${rows.length}`);
  };

  /** A link to a row leads to it even while it is filtered out. */
  const reveal = () => {
    const target = document.querySelector(":target");
    if (!target?.closest("tr[hidden]")) return;
    form.reset();
    filter();
    target.scrollIntoView();
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  filter(); // a browser may have kept what was chosen before
}
