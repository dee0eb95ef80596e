/** The samples of the kubelet configuration: up to date, accepted by every kubelet version, and matching every supported host. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { readCommittedSamples, renderSample, SAMPLES } from "../scripts/generate/config-samples.ts";
import { FAMILIES } from "../src/registries/index.ts";
import { checkKubeletConfig } from "./kubelet/config.ts";
import { isJsonObject } from "./kubelet/json-strict.ts";
import { urlsMatch } from "./kubelet/urls-match.ts";

const MINORS = [26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36];
const samples = readCommittedSamples();

test("config/kubelet/ contains the generated samples and nothing else", () => {
  assert.deepEqual([...samples.keys()].toSorted(), SAMPLES.map(({ path }) => path).toSorted());
});

for (const sample of SAMPLES) {
  const text = samples.get(sample.path) ?? "";

  test(`config/kubelet/${sample.path} is up to date`, () => {
    assert.equal(text, renderSample(sample), "run: npm run generate");
  });

  for (const minor of MINORS) {
    test(`config/kubelet/${sample.path} is accepted by a kubelet 1.${minor}`, () => {
      assert.deepEqual(checkKubeletConfig(parse(text), { minor }), []);
    });
  }

  test(`config/kubelet/${sample.path} has a default cache duration of 0s`, () => {
    assert.ok(text.includes('defaultCacheDuration: "0s"'));
  });
}

test("the options in the comments are valid when uncommented", () => {
  for (const { path } of SAMPLES) {
    const uncommented = (samples.get(path) ?? "").replace(/^ {4}# (env:|args:| .*)$/gm, "    $1");
    assert.deepEqual(checkKubeletConfig(parse(uncommented), { minor: 36 }), [], path);
  }
});

test("all-clouds.yaml has every pattern of every family, each once", () => {
  const all = FAMILIES.flatMap(({ matchImages }) => matchImages);
  assert.deepEqual(patternsOf("all-clouds.yaml"), all);
  assert.equal(new Set(all).size, all.length);
});

test("patterns contain only labels and *: no port, no path", () => {
  for (const pattern of patternsOf("all-clouds.yaml")) assert.match(pattern, /^[a-z0-9*-]+(\.[a-z0-9*-]+)+$/);
});

for (const { image, family } of genuine()) {
  test(`a kubelet runs the provider for ${image}`, () => {
    const files = SAMPLES.filter((sample) => sample.families.some((name) => name === family));
    assert.ok(files.length >= 3, `${family} is in too few samples`);
    for (const { path } of files)
      assert.ok(isMatched(image, path), `no pattern of config/kubelet/${path} matches`);
  });
}

test("no sample makes the kubelet run the provider for other registries", () => {
  for (const image of [
    "docker.io/library/nginx",
    "quay.io/a/b",
    "ghcr.io/a",
    "registry.k8s.io/pause",
    "localhost:5000/a",
  ]) {
    assert.ok(!isMatched(image, "all-clouds.yaml"), image);
  }
});

function isMatched(image: string, path: string): boolean {
  return patternsOf(path).some((pattern) => urlsMatch(pattern, image));
}

function patternsOf(path: string): readonly string[] {
  const config: unknown = parse(samples.get(path) ?? "");
  const providers = isJsonObject(config) ? config["providers"] : undefined;
  const provider: unknown = Array.isArray(providers) ? providers[0] : undefined;
  const patterns = isJsonObject(provider) ? provider["matchImages"] : undefined;
  assert.ok(Array.isArray(patterns), `${path} has patterns`);
  return patterns.map(String);
}

interface Genuine {
  readonly image: string;
  readonly family: string;
}

/**
 * The hosts of test/vectors, in lower case as in the patterns: a label other than `*` must match exactly. The paths
 * are left out: a kubelet rejects those of the vectors.
 */
function genuine(): readonly Genuine[] {
  const vectors: unknown = JSON.parse(readFileSync(new URL("vectors/hosts.json", import.meta.url), "utf8"));
  const rows: unknown = isJsonObject(vectors) ? vectors["genuine"] : undefined;
  assert.ok(Array.isArray(rows) && rows.length > 100, "the vectors are there");
  const hosts = rows.map((row: unknown) => {
    const { image = "", family = "" } = isJsonObject(row) ? row : {};
    return { image: String(image).split("/")[0]?.toLowerCase() ?? "", family: String(family) };
  });
  return [...new Map(hosts.map((host) => [host.image, host])).values()];
}
