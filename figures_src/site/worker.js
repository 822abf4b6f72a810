// @ts-check
/// <reference lib="webworker" />
"use strict";
// Keeps what was read, to be read again without a network. The network is always asked first, so that no page is older
// than the site; without this worker nothing is missing but that.
{
  const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
  const VERSION = "unknown"; // the build writes what the whole site hashes to
  const scope = worker.registration.scope;
  // Other sites of the same host have caches too.
  const prefix = `gradient-lab ${scope} `;
  const name = prefix + VERSION;
  const style = "main{max-width:34rem;margin:4rem auto;padding:0 1.5rem;font:1rem/1.7 system-ui,sans-serif}";
  const STYLE_HASH = "unknown"; // the build writes the source that allows it
  /** @type {Record<string, string[]>} */
  const words = {}; // by language, as the build writes it: tag, title, sentence

  const older = async () => (await caches.keys()).filter((key) => key.startsWith(prefix) && key !== name);

  /** Keeps what the browser has just loaded, which need not be sent again. @param {string[]} urls */
  const keep = async (urls) => {
    const cache = await caches.open(name);
    const own = urls.filter((url) => url.startsWith(scope));
    await Promise.allSettled(own.map((url) => cache.add(new Request(url, { cache: "force-cache" }))));
  };

  /** The files with a hash in their names that a page loads. @param {Response} page */
  const loading = async (page) => {
    const named = (await page.text()).matchAll(/ (?:href|src)="([^"]*\.[0-9a-f]{8}\.[^"]*)"/g);
    return [...named].map(([, address]) => new URL(address, page.url).href);
  };

  /** Takes over what the reader had kept: as the new build has it or, where the network fails, as it was. */
  const renew = async () => {
    const cache = await caches.open(name);
    /** @type {Set<string>} */
    const files = new Set();
    for (const key of await older()) {
      const old = await caches.open(key);
      for (const request of await old.keys()) {
        const response = await fetch(request.url, { cache: "no-cache" }).catch(() => old.match(request));
        if (!response?.ok) continue; // a file whose content changed has another name
        if (request.url.endsWith("/")) for (const file of await loading(response.clone())) files.add(file);
        await cache.put(request, response);
      }
    }
    for (const file of files) if (!(await cache.match(file))) await keep([file]);
    await worker.skipWaiting();
  };

  const replace = async () => {
    for (const key of await older()) await caches.delete(key);
    await worker.clients.claim();
  };

  /**
   * The pages of a folder that are kept, or of all where there is none, as the items of a list.
   * @param {string} folder
   */
  const readable = async (folder) => {
    const cache = await caches.open(name);
    const pages = (await cache.keys()).filter(({ url }) => url.endsWith("/"));
    const own = pages.filter(({ url }) => url.startsWith(`${scope}${folder}/`));
    const items = (own.length ? own : pages).map(async (request) => {
      const title = /<title>(.*?)<\/title>/s.exec((await (await cache.match(request))?.text()) ?? "")?.[1];
      return `<li><a href="${request.url}">${title ?? request.url}</a></li>`;
    });
    return (await Promise.all(items)).join("");
  };

  /** @param {string} address */
  const missing = async (address) => {
    const place = address.slice(scope.length);
    const folder = Object.keys(words).find((language) => place.startsWith(`${language}/`)) ?? "en";
    const [lang, title, text] = words[folder];
    const page = `<!doctype html><html lang="${lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <meta name="color-scheme" content="light dark"><title>${title}</title><style>${style}</style>
      <main><h1>${title}</h1><p>${text}</p><ul>${await readable(folder)}</ul></main></html>`;
    const policy = `default-src 'none'; style-src ${STYLE_HASH}`;
    const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy };
    return new Response(page, { status: 503, headers });
  };

  /** @param {FetchEvent} event */
  const answer = async (event) => {
    // What stands after the path changes nothing that the host sends.
    const address = event.request.url.replace(/[?#].*$/, "");
    const cache = await caches.open(name);
    try {
      // A browser may take a page for fresh that a new build has replaced: the host is to say.
      const response = await fetch(event.request, event.request.mode === "navigate" ? { cache: "no-cache" } : {});
      if (response.status === 200 && response.type === "basic") event.waitUntil(cache.put(address, response.clone()));
      return response;
    } catch (error) {
      const kept = await cache.match(address, { ignoreVary: true });
      if (kept) return kept;
      if (event.request.mode === "navigate") return missing(address);
      throw error;
    }
  };

  worker.addEventListener("install", (event) => event.waitUntil(renew()));
  worker.addEventListener("activate", (event) => event.waitUntil(replace()));
  worker.addEventListener("message", (event) => event.waitUntil(keep(event.data)));
  worker.addEventListener("fetch", (event) => {
    if (event.request.method === "GET" && event.request.url.startsWith(scope)) event.respondWith(answer(event));
  });
}
