import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../../src/core/world.ts";
import { IDENTITIES } from "./identities.ts";
import {
  assertRefused,
  CLIENT,
  type CloudName,
  describeRequests,
  encodeStdin,
  GOOD,
  NARROW,
  NONE,
  play,
  ROLE,
  type Seen,
  TENANT,
} from "./play.ts";
import { INVALID_VALUES } from "./values.ts";

/** Every annotation key that may name an identity, with the annotations that it requires. */
const PLACES: readonly (readonly [
  cloud: CloudName,
  key: string,
  beside: Readonly<Record<string, string>>,
])[] = [
  ["aws", "eks.amazonaws.com/ecr-role-arn", {}],
  ["aws", "eks.amazonaws.com/role-arn", {}],
  ["google", "iam.gke.io/gcp-service-account", {}],
  ["azure", "kubernetes.azure.com/acr-client-id", { "kubernetes.azure.com/acr-tenant-id": TENANT }],
  ["azure", "kubernetes.azure.com/acr-tenant-id", { "kubernetes.azure.com/acr-client-id": CLIENT }],
  ["azure", "azure.workload.identity/client-id", { "azure.workload.identity/tenant-id": TENANT }],
  ["azure", "azure.workload.identity/tenant-id", { "azure.workload.identity/client-id": CLIENT }],
];

for (const [cloud, key, beside] of PLACES)
  test(`${key}: refuses ${INVALID_VALUES.length} invalid identities`, async (context) => {
    for (const [name, value] of INVALID_VALUES)
      await context.test(name, async () => {
        const annotations = { ...beside, [key]: value };
        assertRefused(await play({ cloud, annotations, policy: NARROW }), "annotation-malformed");
      });
  });

/** Annotations of the upstream plugins are read without a rule too. */
const UPSTREAM = PLACES.filter(([, key]) => /ecr-role-arn|acr-/.test(key));

for (const [cloud, key, beside] of UPSTREAM)
  test(`${key}: refuses the same values without a rule`, async (context) => {
    for (const [name, value] of INVALID_VALUES)
      await context.test(name, async () => {
        const annotations = { ...beside, [key]: value };
        assertRefused(await play({ cloud, annotations, policy: NONE }), "annotation-malformed");
      });
  });

/** The identities in all requests, and the names that they are requested by. */
const WAYS: Readonly<Record<CloudName, (who: string) => readonly string[]>> = {
  aws: (who) => [
    `POST https://sts.us-east-1.amazonaws.com/ ${who} shop.web`,
    "POST https://api.ecr.us-east-1.amazonaws.com/",
  ],
  google: (who) => [
    "POST https://sts.googleapis.com/v1/token //iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k",
    `POST https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${who}:generateAccessToken`,
  ],
  gke: (who) => [
    `POST https://sts.googleapis.com/v1/token ${who}:https://container.googleapis.com/v1/projects/shop/locations/eu/clusters/c`,
  ],
  azure: (who) => {
    const [tenant = "", client = ""] = who.split(" ");
    return [
      `POST https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token ${client}`,
      "POST https://shop.azurecr.io/oauth2/exchange",
    ];
  },
};

function assertBecomes(seen: Seen, cloud: CloudName, who: string): void {
  assert.equal(seen.end, "login", seen.line);
  assert.deepEqual(describeRequests(seen.requests), WAYS[cloud](who));
}

function assertUnseen(values: readonly string[], requests: readonly HttpRequest[]): void {
  for (const { url, headers, body } of requests) {
    const all = [url.href, ...Object.entries(headers).flat(), String(body)].join("\n");
    for (const value of values.flatMap((one) => [one, encodeURIComponent(one)]))
      assert.ok(!all.includes(value), `${value} is in a request to ${url.origin}`);
  }
}

for (const { name, cloud, annotations, end } of IDENTITIES)
  test(`${Object.keys(annotations)[0]} with ${name} results in ${typeof end === "string" ? end : "that identity only"}`, async () => {
    const seen = await play({ cloud, annotations });
    if (typeof end === "string") return assertRefused(seen, end);
    assertBecomes(seen, cloud, end.becomes);
    // IDs are case-insensitive.
    const used = ["true", ...end.becomes.toLowerCase().split(" ")];
    const unused = Object.values(annotations).filter((value) => !used.includes(value.toLowerCase()));
    assertUnseen(unused, seen.requests);
  });

test("accepts any role of the registry's partition without a rule", async () => {
  const key = "eks.amazonaws.com/ecr-role-arn";
  const other = "arn:aws:iam::444455556666:role/admin";
  const foreign = "arn:aws-cn:iam::111122223333:role/team-a";
  assertBecomes(await play({ cloud: "aws", annotations: { [key]: other }, policy: NONE }), "aws", other);
  const seen = await play({ cloud: "aws", annotations: { [key]: foreign }, policy: NONE });
  assertRefused(seen, "aws-role-partition-mismatch");
});

test("ignores keys without a rule that the upstream plugins do not read", async () => {
  const keys = { "eks.amazonaws.com/role-arn": ROLE, "azure.workload.identity/client-id": CLIENT };
  for (const cloud of ["aws", "azure", "google"] as const)
    assertRefused(await play({ cloud, annotations: keys, policy: NONE }), "pod-identity-missing");
});

const INVALID_MAPS: readonly (readonly [name: string, annotations: unknown])[] = [
  ["a list", [ROLE]],
  ["a string", ROLE],
  ["a number", 5],
  ["true", true],
  ["a number in it", { "eks.amazonaws.com/role-arn": 5 }],
  ["null in it", { "eks.amazonaws.com/role-arn": null }],
  ["a list in it", { "eks.amazonaws.com/role-arn": [ROLE] }],
  ["an object in it", { "eks.amazonaws.com/role-arn": { toString: ROLE } }],
  ["one wrong value among right ones", { ...GOOD.aws, other: false }],
];

for (const [name, annotations] of INVALID_MAPS)
  test(`refuses annotations that are ${name}`, async () => {
    const stdin = encodeStdin({ cloud: "aws" }, annotations);
    assertRefused(await play({ cloud: "aws", stdin }), "request-wrong-type");
  });

test("treats a prototype in the request as a key", async () => {
  const stdin = encodeStdin({ cloud: "aws" }).replace(
    '"eks.amazonaws.com/ecr-role-arn"',
    `"__proto__":"x","constructor":"y","eks.amazonaws.com/ecr-role-arn"`,
  );
  assertBecomes(await play({ cloud: "aws", stdin }), "aws", ROLE);
  const hidden = stdin.replace(`"x"`, `{"eks.amazonaws.com/role-arn":"${ROLE}"}`);
  assertRefused(await play({ cloud: "aws", stdin: hidden }), "request-wrong-type");
});

test("reads the last of duplicate keys", async () => {
  const stdin = encodeStdin({ cloud: "aws" }).replace(
    '"eks.amazonaws.com/ecr-role-arn"',
    `"eks.amazonaws.com/ecr-role-arn":"arn:aws:iam::444455556666:role/admin","eks.amazonaws.com/ecr-role-arn"`,
  );
  assertBecomes(await play({ cloud: "aws", stdin }), "aws", ROLE);
});
