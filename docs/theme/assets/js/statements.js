// @ts-check
"use strict";
// Filters the evidence. What is chosen stands in the address, so that it can be shared, reloaded and gone back to.
{
  const PAUSE = 1000; // ms; changes of one field that follow each other faster are one step back
  const form = /** @type {HTMLFormElement} */ (document.querySelector(".statement-filter"));
  const count = /** @type {HTMLOutputElement} */ (form.querySelector("output"));
  const fields = /** @type {HTMLSelectElement[]} */ ([...form.querySelectorAll("select")]);
  const rows = [...document.querySelectorAll("[data-verdict]")].map((mark) => {
    return { mark: /** @type {HTMLElement} */ (mark), row: /** @type {HTMLElement} */ (mark.closest("tr")) };
  });
  let last = { name: "", at: -PAUSE };

  /** Hides the rows that are not asked for, and says how many are left. */
  const filter = () => {
    const chosen = fields.filter(({ value }) => value);
    for (const { mark, row } of rows) row.hidden = chosen.some(({ name, value }) => mark.dataset[name] !== value);
    const shown = rows.filter(({ row }) => !row.hidden).length;
    count.textContent = `${count.dataset.shown}`.replace("{shown}", `${shown}`).replace("{all}", `${rows.length}`);
    const search = new URLSearchParams(chosen.map(({ name, value }) => [name, value]));
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".languages a"))) {
      link.search = `${search}`;
    }
  };

  /** The address of what is chosen. @param {string} hash */
  const address = (hash) => {
    const url = new URL(location.href);
    for (const { name, value } of fields) value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
    url.hash = hash;
    return url;
  };

  /** Chooses what the address asks for; what it asks for and is not there is taken out of it. */
  const read = () => {
    const asked = new URLSearchParams(location.search);
    for (const field of fields) {
      field.value = asked.get(field.name) ?? "";
      if (field.selectedIndex < 0) field.value = "";
    }
    if (fields.some(({ name, value }) => (asked.get(name) ?? "") !== value)) history.replaceState(null, "", address(location.hash));
    filter();
  };

  /** A link to a row leads to it even while it is filtered out. */
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1))); // not yet `:target` while it loads
    if (!target?.closest("tr[hidden]")) return;
    form.reset();
    history.replaceState(null, "", address(location.hash));
    filter();
    target.scrollIntoView();
  };

  form.addEventListener("input", ({ target, timeStamp }) => {
    const { name } = /** @type {HTMLSelectElement} */ (target);
    const goesOn = name === last.name && timeStamp - last.at < PAUSE;
    last = { name, at: timeStamp };
    // The row that the address named may not be there any more.
    history[goesOn ? "replaceState" : "pushState"](null, "", address(""));
    filter();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  addEventListener("popstate", read);
  read();
  reveal();
}
