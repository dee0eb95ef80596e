/** A token response without its token ends the run of the executable, and no further request is made. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { requestFor } from "../faults/check.ts";
import { ENDPOINTS, type Endpoint, MANAGED_IDENTITY, startEndpoint } from "../faults/endpoints.ts";
import { runProvider } from "../support/provider.ts";

interface TokenAnswer {
  /** `service/step` */
  readonly where: string;
  readonly field: string;
  /** An endpoint in `endpoints.ts` whose login includes this step; default: the step itself. */
  readonly onTheWayTo?: string;
}

const ANSWERS: readonly TokenAnswer[] = [
  { where: "imds/credentials", field: "AccessKeyId" },
  { where: "imds/credentials", field: "SecretAccessKey" },
  { where: "imds/credentials", field: "Token" },
  { where: "imds/credentials", field: "Expiration" },
  { where: "imds/credentials", field: "Token", onTheWayTo: "sts/AssumeRole" },
  { where: "container/pod-identity", field: "Token" },
  { where: "container/pod-identity", field: "Expiration" },
  { where: "sts/AssumeRole", field: "SessionToken" },
  { where: "sts/AssumeRole", field: "Expiration" },
  { where: "sts/AssumeRoleWithWebIdentity", field: "SessionToken" },
  { where: "sts/AssumeRoleWithWebIdentity", field: "SecretAccessKey" },
  { where: "ecr/GetAuthorizationToken", field: "authorizationToken" },
  { where: "ecr-public/GetAuthorizationToken", field: "authorizationToken" },
  { where: "gce/token", field: "access_token" },
  { where: "gce/token", field: "expires_in" },
  { where: "google-sts/token", field: "access_token" },
  { where: "google-sts/token", field: "access_token", onTheWayTo: "iamcredentials/generateAccessToken" },
  { where: "iamcredentials/generateAccessToken", field: "accessToken" },
  { where: "iamcredentials/generateAccessToken", field: "expireTime" },
  { where: "google-oauth/token", field: "access_token" },
  { where: "azure-imds/token", field: "access_token" },
  { where: "azure-arc/token", field: "access_token", onTheWayTo: "azure-arc/challenge" },
  { where: "entra/token", field: "access_token" },
  { where: "acr/exchange", field: "refresh_token" },
];

/** Values that replace the token. */
const VALUES: readonly (readonly [what: string, value: unknown])[] = [
  ["missing", undefined],
  ["empty", ""],
  ["a blank", " "],
  ["an empty list", []],
];

function changeField(body: string, field: string, value: unknown): string {
  if (!body.startsWith("<"))
    return JSON.stringify(JSON.parse(body), (key, own: unknown) => (key === field ? value : own));
  const element = value === undefined ? "" : `<${field}>${String(value)}</${field}>`;
  return body.replace(new RegExp(`<${field}>.*?</${field}>`, "s"), element);
}

function findEndpoint(where: string): Endpoint {
  const endpoint = [...ENDPOINTS, ...MANAGED_IDENTITY].find((one) => one.where === where);
  assert.ok(endpoint, where);
  return endpoint;
}

/** Only root can create the folder for the Arc agent's keys, which is below /var/opt. */
const skipUnlessRoot = (where: string): string | false =>
  where.startsWith("azure-arc/") &&
  process.getuid?.() !== 0 &&
  "only root can make the Arc agent's folder of keys";

describe("a response without its token", { concurrency: 4 }, () => {
  for (const { where, field, onTheWayTo = where } of ANSWERS)
    test(`${where} on the way to ${onTheWayTo}: ${field}`, {
      skip: skipUnlessRoot(where),
    }, async (context) => {
      const endpoint = findEndpoint(onTheWayTo);
      for (const [what, value] of VALUES)
        await context.test(`that is ${what} ends the run`, async () => {
          const stand = await startEndpoint(endpoint);
          try {
            stand.cloud.fault(where, { kind: "change", change: (body) => changeField(body, field, value) });
            const { args, env } = stand;
            const run = await runProvider({ stdin: requestFor(endpoint, stand), args, env });
            const line = run.stderr.toString();
            assert.deepEqual([run.status, run.stdout.toString()], [1, ""], line);
            assert.match(line, /\[code (response-malformed|token-expired), /);
            const { service, step } = stand.cloud.requests.at(-1) ?? {};
            assert.equal(`${service}/${step}`, where, "the last request");
          } finally {
            await stand.stop();
          }
        });
    });
});

describe("the same response with its token", { concurrency: 4 }, () => {
  for (const onTheWayTo of new Set(ANSWERS.map((one) => one.onTheWayTo ?? one.where)))
    test(`of ${onTheWayTo} leads to a login`, {
      skip: skipUnlessRoot(onTheWayTo),
    }, async () => {
      const endpoint = findEndpoint(onTheWayTo);
      const stand = await startEndpoint(endpoint);
      try {
        const { args, env } = stand;
        const run = await runProvider({ stdin: requestFor(endpoint, stand), args, env });
        assert.deepEqual([run.status, run.stderr.toString()], [0, ""]);
        assert.match(run.stdout.toString(), /"password":"./);
      } finally {
        await stand.stop();
      }
    });
});
