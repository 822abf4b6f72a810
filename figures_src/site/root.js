// @ts-check
"use strict";
// Leads from the page at the site's root to the reader's language, by one of its links.
{
  const links = /** @type {HTMLAnchorElement[]} */ ([...document.links]);
  let chosen = null;
  try {
    chosen = localStorage.getItem("gradient-lab-language");
  } catch {} // a browser that stores nothing
  /** @param {HTMLAnchorElement} link @param {string | null | undefined} language */
  const speaks = (link, language) => language && language.split("-")[0].toLowerCase() === link.hreflang.split("-")[0];
  const wanted = [chosen, ...navigator.languages].find((language) => links.some((link) => speaks(link, language)));
  const link = links.find((link) => speaks(link, wanted)) ?? links.at(-1);
  if (link) location.replace(link.href + location.hash);
}
