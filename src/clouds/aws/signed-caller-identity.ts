import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import type { SubjectToken } from "../../identities/subject-token.ts";
import { resolveNodeCredentials } from "./credential-chain.ts";
import { createAwsNode } from "./node-context.ts";
import { createNodeEndpointResolver } from "./node-endpoints.ts";
import { regionalEndpoint, STANDARD_ENDPOINT } from "./partitions.ts";
import { resolveNodeRegion } from "./region.ts";
import { createSdkCredentials } from "./sdk.ts";

/**
 * Signs a GetCallerIdentity request, which Google sends to STS to learn the node's identity (AIP-4117, "Determining the subject
 * token in AWS"). The signature covers the identity provider too, as in Google's client for Go; without that, a stolen request
 * could be used with another provider.
 *
 * @param resource the full name of the workload identity provider, `//iam.googleapis.com/projects/…`
 * @throws ProviderError with the codes of the node's credentials and region
 */
export async function signCallerIdentity(resource: string, world: World): Promise<SubjectToken> {
  const node = createAwsNode(world);
  const region = await resolveNodeRegion(node);
  const credentials = await resolveNodeCredentials(
    { fallbackRegion: region, resolveEndpoint: await createNodeEndpointResolver(node) },
    node,
  );
  // Google sends the request and accepts only the standard endpoint (AIP-4117), so the node's endpoint settings do not apply.
  const { protocol, hostname } = new URL(
    regionalEndpoint("sts", region.name, region.partition, STANDARD_ENDPOINT),
  );
  const signer = new SignatureV4({
    credentials: createSdkCredentials(credentials),
    region: region.name,
    service: "sts",
    sha256: SignerSha256,
    applyChecksum: false,
  });
  const query = { Action: "GetCallerIdentity", Version: "2011-06-15" };
  const { headers } = await signer.sign(
    {
      method: "POST",
      protocol,
      hostname,
      path: "/",
      query,
      headers: { host: hostname, "x-goog-cloud-target-resource": resource },
    },
    { signingDate: new Date(world.now()) },
  );
  const url = `${protocol}//${hostname}/?${new URLSearchParams(query)}`;
  return { token: serializeRequest(url, headers), expiresAt: undefined, identityLabel: credentials.source };
}

/** Serializes the request exactly as Google documents it ("Workload Identity Federation", the GetCallerIdentity token). */
function serializeRequest(url: string, headers: Readonly<Record<string, string>>): Secret {
  const pairs = Object.entries(headers).map(([name, value]) => ({
    key: name === "authorization" ? "Authorization" : name,
    value,
  }));
  return new Secret(encodeURIComponent(JSON.stringify({ url, method: "POST", headers: pairs })), {
    isPartlyPublic: true,
  });
}

/** SHA-256 and its HMAC with the interface of the SDK's signer (`@smithy/types` HashConstructor). */
class SignerSha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", toBytes(key));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function toBytes(key: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof key === "string") return Buffer.from(key);
  return ArrayBuffer.isView(key)
    ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength)
    : new Uint8Array(key);
}
