import assert from "node:assert/strict";
import type { Rule } from "../../src/config/schema.ts";
import { parseImageReference } from "../../src/core/image-reference.ts";
import type { RunOptions } from "../../src/core/run-options.ts";
import { Secret } from "../../src/core/secret.ts";
import { HOUR, type Milliseconds, SECOND } from "../../src/core/time.ts";
import type { Environment } from "../../src/core/world.ts";
import type { LoginContext } from "../../src/identities/identity.ts";
import { parsePod } from "../../src/identities/pod.ts";
import { NOW } from "./world.ts";

export interface LoginContextOptions {
  /** `sub` of the pod's token; without it there is no pod. */
  readonly subject?: string;
  readonly audience?: string | readonly string[];
  readonly issuer?: string;
  /** The UID of the ServiceAccount; default: not in the token. */
  readonly uid?: string;
  /** Wall clock; default the virtual world's. */
  readonly now?: Milliseconds;
  /** Wall clock; default an hour from then. */
  readonly expiresAt?: Milliseconds;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly rule?: Rule;
  readonly options?: RunOptions;
  readonly env?: Environment;
}

/** The context of a request for an image, in tests without a process. */
export function createLoginContext(image: string, given: LoginContextOptions = {}): LoginContext {
  const { subject, annotations = {}, rule, options = {}, env = {}, now = NOW } = given;
  const parsed = parseImageReference(image);
  assert.ok(parsed, image);
  const token = subject === undefined ? undefined : unsigned(subject, given);
  const asked = { image, serviceAccountToken: token, serviceAccountAnnotations: annotations };
  const pod = parsePod({ apiVersion: "credentialprovider.kubelet.k8s.io/v1", ...asked }, now);
  return { pod, image: parsed, aliases: [parsed], rule, options, env };
}

/** Part of every token here, and of nothing else. */
export const SIGNATURE = "c2lnbmF0dXJl";

/** A token with these claims; the tests do not check its signature. */
function unsigned(
  sub: string,
  { audience = "sts.amazonaws.com", issuer, uid, now = NOW, expiresAt = now + HOUR }: LoginContextOptions,
): Secret {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const bound = uid === undefined ? {} : { "kubernetes.io": { serviceaccount: { uid } } };
  const claims = { iss: issuer, sub, aud: audience, exp: Math.floor(expiresAt / SECOND), ...bound };
  return new Secret(`${part({ alg: "RS256" })}.${part(claims)}.${SIGNATURE}`);
}
