/**
 * Says whether a kubelet would start with a CredentialProviderConfig, by the rules that the tests hold the samples to:
 *
 *   node_modules/.bin/node scripts/check-config.ts FILE [--kubelet=1.NN] [--image=IMAGE]…
 *
 * With `--image`, also whether the kubelet would run a provider for it.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { configProblems } from "../test/kubelet/config.ts";
import { normaliseImage } from "../test/kubelet/encode-request.ts";
import { isJsonObject } from "../test/kubelet/json-strict.ts";
import { urlsMatch } from "../test/kubelet/urls-match.ts";

const MINORS = [26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36];

interface Report {
  readonly lines: readonly string[];
  readonly good: boolean;
}

/** @param minors of the kubelets that are asked; an unreadable file throws */
export function checkConfig(text: string, minors: readonly number[], images: readonly string[]): Report {
  const config: unknown = parse(text);
  const refused = minors
    .map((minor) => ({ minor, problems: configProblems(config, { minor }) }))
    .filter(({ problems }) => problems.length > 0);
  const lines = [
    ...refused.flatMap(({ minor, problems }) => problems.map((problem) => `kubelet 1.${minor}: ${problem}`)),
    ...neverMatching(config).map(
      (pattern) => `the pattern ${pattern} never matches: * stands for a part of a host only`,
    ),
    ...(refused.length === 0 ? images.map((image) => askedFor(config, image)) : []),
  ];
  return { lines, good: refused.length === 0 };
}

/** A glob in the path passes the kubelet's validation and then matches nothing; `?` begins a query. */
function neverMatching(config: unknown): readonly string[] {
  return providersOf(config).flatMap(({ patterns }) =>
    patterns.filter((pattern) => /\/.*[*[]/.test(pattern) || pattern.includes("?")),
  );
}

function askedFor(config: unknown, image: string): string {
  const names = providersOf(config)
    .filter(({ patterns }) => patterns.some((pattern) => urlsMatch(pattern, normaliseImage(image))))
    .map(({ name }) => name);
  return names.length === 0 ? `${image}: no provider is run` : `${image}: ${names.join(", ")}`;
}

function providersOf(
  config: unknown,
): readonly { readonly name: string; readonly patterns: readonly string[] }[] {
  const providers = isJsonObject(config) ? config["providers"] : undefined;
  if (!Array.isArray(providers)) return [];
  return providers.filter(isJsonObject).map(({ name, matchImages }) => ({
    name: String(name),
    patterns: Array.isArray(matchImages) ? matchImages.map(String) : [],
  }));
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { kubelet: { type: "string" }, image: { type: "string", multiple: true } },
  });
  const [file] = positionals;
  if (file === undefined)
    throw new Error("name the file: scripts/check-config.ts FILE [--kubelet=1.NN] [--image=IMAGE]…");
  const minor = /^1\.(\d+)/.exec(values.kubelet ?? "")?.[1];
  const { lines, good } = checkConfig(
    readFileSync(file, "utf8"),
    minor === undefined ? MINORS : [Number(minor)],
    values.image ?? [],
  );
  const which = minor === undefined ? "Kubelets 1.26 to 1.36 start" : `A kubelet 1.${minor} starts`;
  process.stdout.write(
    [...lines, good ? `${which} with it.` : "The kubelet would not start.", ""].join("\n"),
  );
  process.exitCode = good ? 0 : 1;
}
