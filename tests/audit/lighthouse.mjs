// Runs Lighthouse on the page that a line of JSON asks for, in a fresh browser, and answers with its report in a line.
//
//     node lighthouse.mjs <folder of node_modules>
//
// One process serves all lines. The command of Lighthouse is started anew for every page, waits for seconds at its end,
// and takes a picture of the whole page for a report that nobody reads. Whether a page can be gone back to has no weight
// in any score, and is found out by leaving it once more, at the end of every run.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
const imported = (file) => import(pathToFileURL(`${folder}/${file}`));
const { default: lighthouse } = await imported("lighthouse/core/index.js");
const { launch } = await imported("chrome-launcher/dist/index.js");

/** The report on a page. */
const report = async ({ url, categories, chrome, flags }) => {
    const browser = await launch({
        chromePath: chrome,
        chromeFlags: flags,
        // It waits half a second, fifty times, for a browser that is there sooner.
        connectionPollInterval: 50,
        maxConnectionRetries: 500,
        logLevel: "silent",
    });
    try {
        const { lhr } = await lighthouse(url, {
            disableFullPageScreenshot: true,
            enableErrorReporting: false,
            logLevel: "silent",
            onlyCategories: categories,
            output: "json",
            port: browser.port,
            skipAudits: ["bf-cache"],
        });
        if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
        return lhr;
    } finally {
        browser.kill();
    }
};

for await (const line of createInterface({ input: process.stdin })) {
    const answer = await report(JSON.parse(line)).catch(({ message }) => ({ error: message }));
    process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit();
