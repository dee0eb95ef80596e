import { build } from "esbuild";

export async function bundle(entry, outfile) {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    supported: { "dynamic-import": false },
    minify: true,
    metafile: true,
    logLevel: "warning",
  });
  const sizes = {};
  for (const [path, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? "src";
    if (bytesInOutput > 0) sizes[name] = (sizes[name] ?? 0) + bytesInOutput;
  }
  return sizes;
}
