// Opens a page in Chromium without a window, gives it files to check, and prints what it says, as JSON.
//
//   node browser.mjs CHROMIUM PROFILE PAGE AXE [FILE]...
//
// PROFILE is an empty directory; AXE is the script of axe-core, which looks for what keeps people from using the
// page, or `-`. Chromium is spoken to by its DevTools protocol, over a pipe.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [chromium, profile, page, axe, ...files] = process.argv.slice(2);
const options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
const browser = spawn(
  chromium,
  [...options, "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"],
  { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] },
);
const [, , errors, commands, answers] = browser.stdio;
let said = "";
errors.on("data", (bytes) => (said += bytes));
browser.on("exit", (status) => {
  console.error(`Chromium ended (${status}): ${said}`);
  process.exit(1);
});

// A page that never says what it should, or a browser that hangs.
const limit = setTimeout(() => {
  console.error(`nothing came for too long: ${said}`);
  process.exit(1);
}, 180_000);
process.on("exit", () => browser.kill());

let last = 0;
let rest = "";
const waiting = new Map();
const listeners = new Map();
answers.setEncoding("utf8");
answers.on("data", (text) => {
  const messages = (rest + text).split("\0");
  rest = messages.pop();
  for (const message of messages.map((each) => JSON.parse(each))) {
    const { resolve, reject } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    if (message.error) reject(new Error(JSON.stringify(message.error)));
    else if (resolve) resolve(message.result);
    else listeners.get(message.method)?.(message.params);
  }
});

let sessionId;
const ask = (method, params = {}) =>
  new Promise((resolve, reject) => {
    waiting.set(++last, { resolve, reject });
    commands.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
  });
const event = (method) => new Promise((resolve) => listeners.set(method, resolve));
const evaluate = async (expression) => {
  const asked = { expression, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await ask("Runtime.evaluate", asked);
  if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
  return result.value;
};

const { targetId } = await ask("Target.createTarget", { url: "about:blank" });
({ sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true }));
const found = { complaints: [], requests: [], verdicts: [], violations: [] };
listeners.set("Log.entryAdded", ({ entry }) => found.complaints.push(entry.text));
listeners.set("Runtime.exceptionThrown", (thrown) => found.complaints.push(JSON.stringify(thrown)));
listeners.set("Network.requestWillBeSent", ({ request }) => found.requests.push(request.url));
for (const domain of ["Page", "Runtime", "Log", "Network", "DOM"]) await ask(`${domain}.enable`);
const loaded = event("Page.loadEventFired");
await ask("Page.navigate", { url: pathToFileURL(page).href });
await loaded;

found.page = await evaluate(`({
  title: document.title,
  lang: document.documentElement.lang,
  text: document.body.innerText,
  scripts: document.scripts.length,
  elements: [...new Set([...document.querySelectorAll("*")].map((each) => each.localName))].sort(),
  handlers: [...document.querySelectorAll("*")].flatMap((each) => [...each.attributes])
    .filter(({ name }) => name.startsWith("on")).length,
  links: [...document.links].map((link) => link.getAttribute("href")),
  wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  attacked: globalThis.attacked ?? false,
})`);

for (const file of files) {
  const asked = { expression: "document.getElementById('check-file')" };
  const { result } = await ask("Runtime.evaluate", asked);
  const verdict = evaluate(`new Promise((resolve) => {
    const verdict = document.getElementById("check-verdict");
    const look = () => verdict.textContent && resolve({ className: verdict.className, text: verdict.textContent });
    new MutationObserver(look).observe(verdict, { childList: true });
  })`);
  await ask("DOM.setFileInputFiles", { files: [file], objectId: result.objectId });
  const began = performance.now();
  found.verdicts.push({ ...(await verdict), seconds: (performance.now() - began) / 1000 });
}

if (axe !== "-") {
  await evaluate(`${readFileSync(axe, "utf8")}; 0`);
  await evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
  for (const scheme of ["light", "dark"]) {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await ask("Emulation.setEmulatedMedia", { features });
    const violations = await evaluate(`axe.run().then(({ violations, passes }) => {
      if (passes.length < 10) throw new Error("axe-core has looked at nothing");
      return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | "));
    })`);
    found.violations.push(...violations.map((violation) => `${scheme}: ${violation}`));
  }
}

browser.removeAllListeners("exit");
clearTimeout(limit);
console.log(JSON.stringify(found));
const gone = new Promise((resolve) => browser.on("exit", resolve));
sessionId = undefined;
await ask("Browser.close");
await gone;
