import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ErrorMapping,
  errorFromResponse,
  recogniseCode,
  recogniseRequestId,
} from "../../../src/clouds/shared/response.ts";
import { Egress } from "../../../src/egress/egress.ts";
import type { ErrorCode } from "../../../src/errors/provider-error.ts";
import { parseJsonObject } from "../../../src/formats/json.ts";
import { type Answer, inWorld, json, text } from "../../support/world.ts";

const KNOWN: ReadonlySet<string> = new Set(["invalid_request"]);

/** A cloud with JSON errors and without error codes of its own. */
const READING: ErrorMapping = {
  readVendorError: ({ body }) => ({ code: recogniseCode(parseJsonObject(body)?.["error"], KNOWN) }),
  codeFor: () => undefined,
};
const PLACES = {
  metadata: { origin: "http://169.254.169.254", kind: "metadata", stage: "identity" },
  token: { origin: "https://api.example", kind: "token", stage: "token" },
} as const;

const named = (status: number): Answer => json({ error: "invalid_request" }, status);
const ANSWERS: readonly (readonly [what: string, answer: Answer, metadata: ErrorCode, token: ErrorCode])[] = [
  ["400 with a vendor's code", named(400), "cloud-refused", "cloud-refused"],
  ["400 without a body", text("", 400), "metadata-wrong-service", "cloud-refused"],
  ["400 with an invalid code", json({ error: "a b" }, 400), "metadata-wrong-service", "cloud-refused"],
  ["401", named(401), "metadata-forbidden", "cloud-refused"],
  ["403", text("", 403), "metadata-forbidden", "cloud-refused"],
  ["404", named(404), "metadata-not-ready", "cloud-refused"],
  ["408", text("", 408), "metadata-not-ready", "cloud-unavailable"],
  ["429", text("", 429), "throttled", "throttled"],
  ["429 with a vendor's code", named(429), "throttled", "throttled"],
  ["503", text("", 503), "metadata-not-ready", "cloud-unavailable"],
];
for (const [what, answer, ...codes] of ANSWERS)
  for (const [index, kind] of (["metadata", "token"] as const).entries())
    test(`maps ${what} of a ${kind} service to ${codes[index]}`, () => {
      const url = new URL(`${PLACES[kind].origin}/x`);
      const exchanges = [{ ask: `GET ${url}`, answer, times: Number.POSITIVE_INFINITY }];
      return inWorld({ exchanges }, async (world) => {
        const egress = new Egress(world, [PLACES[kind]]);
        const response = await egress.send({ method: "GET", url, headers: {} });
        const error = errorFromResponse(response, egress, READING, {});
        assert.deepEqual([error.code, error.stage], [codes[index], PLACES[kind].stage]);
      });
    });

const CODES: readonly (readonly [value: unknown, code: string | undefined])[] = [
  ["invalid_request", "invalid_request"],
  ["invalid_requests", "unrecognised"],
  ["constructor", "unrecognised"],
  ["__proto__", "unrecognised"],
  ["hunter2-canary", "unrecognised"],
  ["a b", undefined],
  ["", undefined],
  [1, undefined],
  [undefined, undefined],
];
for (const [value, code] of CODES)
  test(`recognises the vendor code ${JSON.stringify(value)} as ${code}`, () => {
    assert.equal(recogniseCode(value, KNOWN), code);
  });

const ID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
for (const [value, id] of [
  [ID, ID],
  [`r-${ID}`, undefined],
  ["r-hunter2-canary", undefined],
  [`${ID}x`, undefined],
  [undefined, undefined],
])
  test(`recognises the request id ${value} as ${id}`, () => assert.equal(recogniseRequestId(value), id));
