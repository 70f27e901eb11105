// Builds cat2vec/explore/page.html: one file with the style and the script inside, the licences of
// what is bundled, and a content security policy that allows these two by their hashes.
// With --check it only says whether the file is what the sources give.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "page.html");
const read = (...parts) => readFileSync(join(here, ...parts), "utf8");

async function bundled(entry, extra = {}) {
  const result = await build({
    entryPoints: [join(here, "src", entry)],
    absWorkingDir: here,
    bundle: true,
    minify: true,
    write: false,
    charset: "ascii",
    target: ["chrome111", "firefox113", "safari16.4"],
    metafile: true,
    ...extra,
  });
  return { text: result.outputFiles[0].text.trim(), inputs: Object.keys(result.metafile.inputs) };
}

function licences(inputs) {
  const names = inputs.map((path) => /^node_modules\/([^/]+)\//.exec(path)?.[1]).filter(Boolean);
  const texts = [...new Set(names)].sort().map((name) => {
    const { version } = JSON.parse(read("node_modules", name, "package.json"));
    return `${name} ${version}\n\n${read("node_modules", name, "LICENSE").trim()}`;
  });
  return texts.join("\n\n");
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

async function page() {
  const script = await bundled("main.js", { format: "iife" });
  const style = await bundled("style.css");
  const policy =
    `default-src 'none'; script-src ${hash(script.text)}; style-src ${hash(style.text)}; ` +
    `base-uri 'none'; form-action 'none'`;
  const parts = {
    policy,
    style: style.text,
    script: script.text,
    licences: licences(script.inputs),
  };
  return read("src", "page.html").replace(/\{\{(\w+)\}\}/g, (whole, name) => parts[name] ?? whole);
}

const wanted = await page();
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== wanted) {
    console.error("page.html is not what the sources give: run make page");
    process.exit(1);
  }
} else {
  writeFileSync(target, wanted);
  console.log(`page.html: ${wanted.length} characters`);
}
