import type { RegistryHost } from "../image.ts";
import { matchesHost, parsePattern } from "./pattern.ts";
import type { Cache, Config, Mirror, Rule } from "./schema.ts";

/** A rule and where it stands in the file. */
export type NumberedRule = readonly [index: number, rule: Rule];

/** What of a configuration has a say: in all, or on the images of one host. In JSON it is the same. */
export interface Part {
  readonly rules: readonly NumberedRule[];
  readonly mirrors: readonly Mirror[];
  readonly cache?: Cache | undefined;
}

export function wholeOf({ rules = [], mirrors = [], cache }: Config): Part {
  return { rules: rules.map((rule, index) => [index, rule]), mirrors, cache };
}

/**
 * What a file of hundreds of rules says of one host, so that a run need not look at the others: rules and mirrors of the host and of
 * where its mirrors lead.
 */
export function partFor({ name }: RegistryHost, config: Config): Part {
  const { rules, mirrors, cache } = wholeOf(config);
  const own = mirrors.filter(({ source }) => isOfHost(source, name));
  const hosts = [name, ...own.map(({ registry }) => hostIn(registry))];
  const ofAny = (text: string) => hosts.some((host) => isOfHost(text, host));
  return {
    rules: rules.filter(([, { match }]) => match.some(ofAny)),
    mirrors: mirrors.filter(({ source }) => ofAny(source)),
    cache,
  };
}

function isOfHost(text: string, host: string): boolean {
  const pattern = parsePattern(text);
  return pattern !== undefined && matchesHost(pattern, host);
}

function hostIn(place: string): string {
  return place.split("/", 1)[0] ?? place;
}
