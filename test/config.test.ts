/** The sample configurations: in step with the registries, accepted by every kubelet, asked for every host of theirs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { committedSamples, SAMPLES, sampleText } from "../scripts/generate/config-samples.ts";
import { families } from "../src/registries/index.ts";
import { configProblems } from "./kubelet/config.ts";
import { isJsonObject } from "./kubelet/json-strict.ts";
import { urlsMatch } from "./kubelet/urls-match.ts";

const MINORS = [26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36];
const samples = committedSamples();

test("config/ holds the samples, beside the scenarios, and nothing else", () => {
  assert.deepEqual([...samples.keys()].toSorted(), SAMPLES.map(({ path }) => path).toSorted());
});

for (const sample of SAMPLES) {
  const text = samples.get(sample.path) ?? "";

  test(`config/${sample.path} is in step with the registries`, () => {
    assert.equal(text, sampleText(sample), "run: npm run generate");
  });

  for (const minor of MINORS) {
    test(`config/${sample.path} is taken by a kubelet 1.${minor}`, () => {
      assert.deepEqual(configProblems(parse(text), { minor }), []);
    });
  }

  test(`config/${sample.path} keeps nothing by default`, () => {
    assert.ok(text.includes('defaultCacheDuration: "0s"'));
  });
}

test("the choices in the comments are valid when they are taken", () => {
  for (const { path } of SAMPLES) {
    const uncommented = (samples.get(path) ?? "").replace(/^ {4}# (env:|args:| .*)$/gm, "    $1");
    assert.deepEqual(configProblems(parse(uncommented), { minor: 36 }), [], path);
  }
});

test("all-clouds.yaml has every pattern of every family, each once", () => {
  const all = families.flatMap(({ matchImages }) => matchImages);
  assert.deepEqual(patternsOf("all-clouds.yaml"), all);
  assert.equal(new Set(all).size, all.length);
});

test("patterns are of the kind that matches: * within labels, no port, no path, no other sign", () => {
  for (const pattern of patternsOf("all-clouds.yaml")) assert.match(pattern, /^[a-z0-9*-]+(\.[a-z0-9*-]+)+$/);
});

for (const { image, family } of genuine()) {
  test(`a kubelet asks for ${image}`, () => {
    const files = SAMPLES.filter((sample) => sample.families.some((name) => name === family));
    assert.ok(files.length >= 3, `${family} is in too few samples`);
    for (const { path } of files) assert.ok(isAskedFor(image, path), `no pattern of config/${path} matches`);
  });
}

test("no sample makes the kubelet ask for images of others", () => {
  for (const image of [
    "docker.io/library/nginx",
    "quay.io/a/b",
    "ghcr.io/a",
    "registry.k8s.io/pause",
    "localhost:5000/a",
  ]) {
    assert.ok(!isAskedFor(image, "all-clouds.yaml"), image);
  }
});

function isAskedFor(image: string, path: string): boolean {
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
 * The hosts of test/vectors, in the small letters that the patterns have: a label that is not `*` is compared letter by
 * letter. Only the host counts: paths of the vectors are such as no kubelet passes.
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
