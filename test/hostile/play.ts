/** A pod's request in a virtual world: the outcome, the hosts that it would reach, and the error line. */

import assert from "node:assert/strict";
import { redactSecrets } from "../../src/core/secret.ts";
import { HOUR, SECOND } from "../../src/core/time.ts";
import type { HttpRequest } from "../../src/core/world.ts";
import { getErrorDefinitions } from "../../src/errors/codes.ts";
import { formatErrorLine } from "../../src/errors/error-line.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { ensureProviderError } from "../../src/errors/provider-error.ts";
import { provide } from "../../src/provide.ts";
import { findRegistry } from "../../src/registries/index.ts";
import { policyWith } from "../support/policy.ts";
import { type Exchange, inWorld, json } from "../support/world.ts";

export const ROLE = "arn:aws:iam::111122223333:role/team-a";
export const ACCOUNT = "puller@shop.iam.gserviceaccount.com";
export const TENANT = "72f988bf-0000-4000-8000-000000000001";
export const CLIENT = "33333333-0000-4000-8000-00000000000a";
export const SUBJECT = "system:serviceaccount:shop:web";

const POOL = "projects/1/locations/global/workloadIdentityPools/p/providers/k";
const ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com";

export type CloudName = "aws" | "google" | "gke" | "azure";

export const IMAGES: Readonly<Record<CloudName, string>> = {
  aws: `${ECR}/app`,
  google: "us-docker.pkg.dev/shop/images/app",
  gke: "eu-docker.pkg.dev/shop/images/app",
  azure: "shop.azurecr.io/app",
};

/** The annotations that give a pod an identity in each cloud. */
export const GOOD: Readonly<Record<CloudName, Readonly<Record<string, string>>>> = {
  aws: { "eks.amazonaws.com/ecr-role-arn": ROLE },
  google: { "iam.gke.io/gcp-service-account": ACCOUNT },
  gke: { "iam.gke.io/enable-wi-image-pull": "true" },
  azure: { "kubernetes.azure.com/acr-client-id": CLIENT, "kubernetes.azure.com/acr-tenant-id": TENANT },
};

/** The audience that each cloud requires. */
const AUDIENCES: Readonly<Record<CloudName, string>> = {
  aws: "sts.amazonaws.com",
  google: `https://iam.googleapis.com/${POOL}`,
  gke: "shop.svc.id.goog",
  azure: "api://AzureADTokenExchange",
};

/**
 * Allows one namespace of ServiceAccounts, the roles of one AWS account, the service accounts of one project, and one Azure
 * application.
 */
export const NARROW = policyWith([
  {
    match: [ECR],
    identity: "pod",
    allow: { serviceAccounts: ["shop/*"], annotationRoles: ["arn:aws:iam::111122223333:role/team-*"] },
  },
  {
    match: ["us-docker.pkg.dev"],
    identity: "pod",
    google: { workloadIdentityProvider: POOL },
    allow: {
      serviceAccounts: ["shop/*"],
      annotationServiceAccounts: ["*@shop.iam.gserviceaccount.com"],
    },
  },
  {
    match: ["eu-docker.pkg.dev"],
    identity: "pod",
    google: { gke: { projectId: "shop", location: "eu", clusterName: "c", optIn: true } },
    allow: { serviceAccounts: ["shop/*"] },
  },
  {
    match: ["shop.azurecr.io"],
    identity: "pod",
    allow: { serviceAccounts: ["shop/*"], annotationClients: [`${TENANT}/${CLIENT}`] },
  },
]);
export const NONE = policyWith([]);

export interface Asking {
  readonly cloud: CloudName;
  readonly policy?: typeof NARROW;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Claims in addition to a valid `sub`, `exp` and `aud`; undefined removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Replaces the whole token. */
  readonly token?: string;
  /** Replaces the whole request. */
  readonly stdin?: string;
}

export interface Seen {
  readonly end: ErrorCode | "login";
  readonly line: string;
  readonly requests: readonly HttpRequest[];
  readonly filesRead: readonly string[];
}

/** The clock of the machine, because Google's library reads it. */
const now = Math.floor(Date.now() / SECOND) * SECOND;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function makeToken({ cloud, claims = {}, token }: Asking): string {
  const own = { sub: SUBJECT, aud: AUDIENCES[cloud], exp: (now + HOUR) / SECOND, ...claims };
  return token ?? `${part({ alg: "RS256" })}.${part(own)}.c2lnbmF0dXJl`;
}

export function encodeStdin(
  asking: Asking,
  annotations: unknown = asking.annotations ?? GOOD[asking.cloud],
): string {
  return JSON.stringify({
    apiVersion: "credentialprovider.kubelet.k8s.io/v1",
    kind: "CredentialProviderRequest",
    image: IMAGES[asking.cloud],
    serviceAccountToken: makeToken(asking),
    serviceAccountAnnotations: annotations,
  });
}

const iso = new Date(now + HOUR).toISOString();
const KEYS = `<Credentials><AccessKeyId>K</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${iso}</Expiration></Credentials>`;
const STS = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>${KEYS}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
const login = {
  authorizationToken: Buffer.from("AWS:p").toString("base64"),
  expiresAt: now / SECOND + 43_200,
};

/** Each service accepts every request, so that all refusals are the program's. */
const SERVICES: readonly Exchange[] = [
  {
    ask: "POST https://sts.us-east-1.amazonaws.com/",
    answer: { status: 200, headers: { "content-type": "text/xml" }, body: STS },
  },
  { ask: "POST https://api.ecr.us-east-1.amazonaws.com/", answer: json({ authorizationData: [login] }) },
  {
    ask: "POST https://sts.googleapis.com/v1/token",
    answer: json({ access_token: "ya29.f", token_type: "Bearer", expires_in: 3000 }),
  },
  {
    ask: "POST https://iamcredentials.googleapis.com/*",
    answer: json({ accessToken: "ya29.i", expireTime: iso }),
  },
  {
    ask: "POST https://login.microsoftonline.com/*",
    answer: json({ token_type: "Bearer", expires_in: 3600, access_token: "entra" }),
  },
  { ask: "POST https://shop.azurecr.io/oauth2/exchange", answer: json({ refresh_token: "r" }) },
].map((exchange) => ({ ...exchange, times: Number.POSITIVE_INFINITY }));

export function play(asking: Asking): Promise<Seen> {
  const { policy = NARROW, stdin = encodeStdin(asking) } = asking;
  return inWorld({ now, exchanges: SERVICES }, async (world) => {
    let host: string | undefined;
    const setting = {
      registries: { find: findRegistry, loadCustomFamily: async () => undefined },
      options: {},
      readPolicy: async () => policy,
    };
    const ended = await provide(Buffer.from(stdin), setting, world, (name) => {
      host = name;
    }).then(
      () => ({ end: "login" as const, line: "" }),
      (thrown: unknown) => {
        const error = ensureProviderError(thrown);
        return { end: error.code, line: formatErrorLine(error, host, redactSecrets) };
      },
    );
    assert.deepEqual([world.ran, world.notes], [[], []]);
    return { ...ended, requests: world.requests, filesRead: world.filesRead };
  });
}

const IDENTITY_FACTS = "\\(identity: ServiceAccount [a-z0-9-]+/[a-z0-9.-]+(; rule rules\\[[0-9]+\\])?\\)";
/** The text between the sentence and the hint, with each quoted text as `""`. */
const MIDDLES: Readonly<Partial<Record<ErrorCode, string>>> = {
  "annotation-malformed": `: [a-z.]+/[a-z-]+(: ""| without [a-z.]+/[a-z-]+) ${IDENTITY_FACTS}`,
  "annotation-not-allowed": `: "" ${IDENTITY_FACTS}`,
  "aws-role-partition-mismatch": `: "" is not in the registry's partition, aws ${IDENTITY_FACTS}`,
  "pod-identity-missing": ` ${IDENTITY_FACTS}`,
  "pod-token-expired": ` ${IDENTITY_FACTS}`,
  "pod-token-wrong-audience": `: expected ""( or "")*, got (none|""(, "")*) ${IDENTITY_FACTS}`,
  "service-account-not-allowed": `: [a-z0-9-]+/[a-z0-9.-]+ ${IDENTITY_FACTS}`,
  "pod-token-malformed": "",
  "request-wrong-type": ": serviceAccountAnnotations is not a map of strings",
};

const unquoted = (text: string): string => text.replace(/"(?:[^"\\]|\\.)*"/g, '""');

/**
 * The line is printable, of bounded length, and quotes the request only in quotation marks; no service was requested.
 */
export function assertRefused({ end, line, requests, filesRead }: Seen, code: ErrorCode): void {
  assert.equal(end, code, line);
  assert.deepEqual([requests, filesRead], [[], []], "no request is sent and no file is read");
  assert.match(line, /^[\x20-\x7e]{1,4096}$/);
  const { sentence, hint, stage } = getErrorDefinitions()[code];
  const host = stage === "request" ? "" : 'no login for "": ';
  const begin = `registry-credential-provider: ${host}${unquoted(sentence)}`;
  const end_ = `. Hint: ${unquoted(hint)} [code ${code}, stage ${stage}]`;
  const plain = unquoted(line);
  assert.ok(plain.startsWith(begin) && plain.endsWith(end_), line);
  const middle = plain.slice(begin.length, plain.length - end_.length);
  assert.match(middle, new RegExp(`^${MIDDLES[code] ?? "no such outcome is expected"}$`), line);
}

/** `method URL` of each request, and the form fields that name the identity. */
export function describeRequests(requests: readonly HttpRequest[]): readonly string[] {
  return requests.map(({ method, url, body }) => {
    const form = new URLSearchParams(String(body));
    const fields = ["RoleArn", "RoleSessionName", "client_id", "audience"].map((name) => form.get(name));
    return [method, `${url.origin}${url.pathname}`, ...fields.filter((one) => one !== null)].join(" ");
  });
}
