/**
 * Builds `dist/registry-credential-provider`: src/main.ts and the vendors' SDKs in one script, put into a pinned Node.
 *
 *   npm run build -- [--target=linux-x64|linux-arm64|win-x64]
 *
 * What may be in it stands in scripts/build/contents.mjs, what is cut out of it in scripts/build/replaced.mjs, and
 * under which options it runs in scripts/build/executable.mjs.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundle } from "./scripts/build/bundle.mjs";
import { problemsOf, sizesOf } from "./scripts/build/contents.mjs";
import { makeExecutable, targetOf } from "./scripts/build/executable.mjs";

const { values } = parseArgs({ options: { target: { type: "string" } } });
const say = (text) => process.stdout.write(`${text}\n`);
const sayBytes = (bytes, what) => say(`${bytes.toLocaleString("en").padStart(12)}  ${what}`);

process.chdir(import.meta.dirname);
mkdirSync("dist", { recursive: true });
const target = targetOf(values.target, say);
const { script, metafile } = await bundle("src/main.ts");
for (const [name, bytes] of sizesOf(metafile)) sayBytes(bytes, name);
sayBytes(script.length, "the script, made smaller");
const problems = problemsOf(metafile);
if (problems.length > 0) {
  process.stderr.write(
    `scripts/build/contents.mjs does not say what the bundle holds:\n${problems.join("\n")}\n`,
  );
  process.exit(1);
}
const path = `dist/registry-credential-provider${target.native ? "" : `-${target.name}`}`;
// Kept beside the executable for whoever wants to look into it, such as the tests.
writeFileSync(`${path}.cjs`, script);
const size = await makeExecutable(`${path}.cjs`, path + target.suffix, target);
sayBytes(size, `${path}${target.suffix} for ${target.name} with Node ${target.version}`);
