import assert from "node:assert/strict";
import { test } from "node:test";
import { readCommittedHostVectors, renderHostVectors } from "../../scripts/generate/host-vectors.ts";
import { parseImageReference } from "../../src/core/image-reference.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { FAMILIES, findRegistry } from "../../src/registries/index.ts";
import { readVectors } from "./vectors.ts";

const { genuine, hostile } = readVectors();

function registryOf(image: string) {
  const parsed = parseImageReference(image);
  return parsed && findRegistry(parsed.host);
}

function verdictOn(image: string): string {
  try {
    return registryOf(image)?.family ?? "not-ours";
  } catch (error) {
    assert.ok(error instanceof ProviderError && error.code === "image-malformed");
    return "malformed";
  }
}

test("the vectors are those that the script generates", () => {
  assert.equal(readCommittedHostVectors(), renderHostVectors(), "run: npm run generate");
});

test("recognises every genuine host with all its coordinates", () => {
  for (const { image, family, coordinates } of genuine) {
    const registry = registryOf(image);
    assert.equal(registry?.family, family, image);
    assert.deepEqual({ ...registry?.coordinates }, coordinates, image);
    assert.equal(registry?.host.spelled, image.split("/", 1)[0], image);
  }
});

test("accepts no hostile image, and tells malformed from unsupported ones", () => {
  const wrong = hostile.filter(({ image, verdict }) => verdictOn(image) !== verdict);
  assert.deepEqual(wrong, []);
});

test("there are enough vectors: 200 genuine hosts, 900 hostile images, 35 classes of 15 or more", () => {
  const sizes = Map.groupBy(hostile, (row) => row.class);
  assert.ok(genuine.length >= 200 && hostile.length >= 900 && sizes.size >= 35);
  for (const [name, rows] of sizes) assert.ok(rows.length >= 15, name);
});

test("no image is duplicated, or both genuine and hostile", () => {
  const images = [...genuine, ...hostile].map(({ image }) => image);
  assert.equal(new Set(images).size, images.length);
});

test("every family and partition has genuine hosts", () => {
  assert.deepEqual(new Set(genuine.map(({ family }) => family)), new Set(FAMILIES.map(({ name }) => name)));
  const partitions = new Set(genuine.map(({ coordinates }) => coordinates["partition"]));
  for (const area of ["", "-cn", "-us-gov", "-iso", "-iso-b", "-iso-e", "-iso-f", "-eusc"])
    assert.ok(partitions.has(`aws${area}`));
  for (const cloud of ["Cloud", "ChinaCloud", "USGovernment", "BleuCloud", "DelosCloud"])
    assert.ok(partitions.has(`Azure${cloud}`));
  for (const universe of ["googleapis.com", "s3nsapis.fr", "qs3nsapis.fr", "apis-berlin-build0.goog"])
    assert.ok(partitions.has(universe));
});
