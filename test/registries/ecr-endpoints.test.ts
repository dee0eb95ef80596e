import assert from "node:assert/strict";
import { test } from "node:test";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECRPUBLICClient } from "@aws-sdk/client-ecr-public";
import { readVectors } from "./vectors.ts";

const { genuine } = readVectors();
const region = "us-east-1";
const ecr = new ECRClient({ region }).config;
const ecrPublic = new ECRPUBLICClient({ region }).config;

/**
 * The endpoint variant that the host's form requires: FIPS if the host says so, dual-stack if its domain is the dual-
 * stack one.
 */
function variantOf(image: string) {
  const host = image.toLowerCase().split("/", 1)[0] ?? "";
  return {
    UseFIPS: host.includes("-fips."),
    UseDualStack: /\.dkr-ecr[.-]|^ecr-public\.aws\.com$/.test(host),
  };
}

function origin(url: URL | undefined): string {
  return `${url?.protocol}//${url?.host}`;
}

test("the AWS SDK resolves the same endpoint for every private registry", () => {
  const rows = genuine.filter(({ family }) => family === "ecr");
  assert.ok(rows.length > 80);
  for (const { image, coordinates } of rows) {
    const { url } = ecr.endpointProvider({ Region: String(coordinates["region"]), ...variantOf(image) });
    assert.equal(coordinates["endpoint"], origin(url), image);
  }
});

test("the AWS SDK resolves the same endpoint for every public registry", () => {
  const rows = genuine.filter(({ family }) => family === "ecr-public");
  assert.ok(rows.length > 10);
  for (const { image, coordinates } of rows) {
    const { url } = ecrPublic.endpointProvider({
      Region: String(coordinates["region"]),
      ...variantOf(image),
    });
    assert.equal(coordinates["endpoint"], origin(url), image);
  }
});
