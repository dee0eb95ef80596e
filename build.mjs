/**
 * Builds `dist/registry-credential-provider`: src/main.ts and the vendors' SDKs in one file, put into a pinned Node.
 *
 *   npm run build -- [--target=linux-x64|linux-arm64|win-x64]
 *
 * What may be in it and what is cut out stands in `build/contents.mjs`; the build fails where that is not so.
 */
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundle } from "./build/bundle.mjs";
import { checkPackages, table } from "./build/contents.mjs";
import { makeExecutable, targetOf } from "./build/executable.mjs";

const { values } = parseArgs({ options: { target: { type: "string" } } });
const say = (text) => process.stdout.write(`${text}\n`);

mkdirSync("dist", { recursive: true });
const target = targetOf(values.target, say);
const script = `dist/registry-credential-provider.cjs`;
const sizes = await bundle("src/main.ts", script);
say(table(sizes));
checkPackages(sizes);
const { path, size } = await makeExecutable(script, target);
say(`${path}: ${target.name}, Node ${target.version}, ${size.toLocaleString("en")} bytes`);
