// @ts-check
"use strict";
// What must be there before a page is drawn: its class, what the theme's script stores with, and the chosen palette.
{
  /** @typedef {Record<"media" | "scheme" | "primary" | "accent", string>} Color */
  const page = document.documentElement;
  // What the theme's script says when it is loaded: a class that the page gets later has all its elements styled anew,
  // and what depends on it would move.
  page.className = "js js-focus-visible";

  // The site's folder, not the language's: each language is a build of its own, and would keep its own palette.
  const scope = new URL("../../..", /** @type {HTMLScriptElement} */ (document.currentScript).src);
  /** @param {string} text */
  const hash = (text) => [...text].reduce((sum, letter) => (sum << 5) - sum + letter.charCodeAt(0), 0);
  /** @param {string} key @param {Storage} storage @param {URL} base */
  const get = (key, storage = localStorage, base = scope) => JSON.parse(storage.getItem(`${base.pathname}.${key}`) ?? "null");
  /** @param {string} key @param {unknown} value @param {Storage} storage @param {URL} base */
  const set = (key, value, storage = localStorage, base = scope) => {
    try {
      storage.setItem(`${base.pathname}.${key}`, JSON.stringify(value));
    } catch {} // a browser that stores nothing
  };
  Object.assign(window, { __md_scope: scope, __md_hash: hash, __md_get: get, __md_set: set });

  /** @type {{ color?: Color } | null} */
  const palette = get("__palette");
  if (palette?.color) {
    const { color } = palette;
    if (color.media === "(prefers-color-scheme)") {
      const light = matchMedia("(prefers-color-scheme: light)").matches;
      color.media = `(prefers-color-scheme: ${light ? "light" : "dark"})`;
      color.scheme = light ? "default" : "slate";
    }
    // The moment that the body is there, before anything of it is drawn.
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      observer.disconnect();
      for (const [key, value] of Object.entries(color)) document.body.setAttribute(`data-md-color-${key}`, value);
    }).observe(page, { childList: true });
  }
}
