import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import type { SubjectToken } from "../../identities/subject-token.ts";
import { resolveNodeCredentials } from "./credential-chain.ts";
import { getAwsNode } from "./node-context.ts";
import { createNodeEndpointResolver } from "./node-endpoints.ts";
import { regionalEndpoint, STANDARD_ENDPOINT } from "./partitions.ts";
import { resolveNodeRegion } from "./region.ts";
import { sdkCredentials } from "./sdk.ts";

/**
 * A signed request for STS's GetCallerIdentity, which Google sends on to learn who signed it (AIP-4117, "Determining the
 * subject token in AWS"). The provider that it is for is signed too, as Google's client for Go does and those for Node and
 * Python do not: else whoever gets hold of the request could show it to another.
 *
 * @param resource the provider's full name, `//iam.googleapis.com/projects/…`
 * @throws ProviderError as the node's credentials and region
 */
export async function signCallerIdentity(resource: string, world: World): Promise<SubjectToken> {
  const node = getAwsNode(world);
  const region = await resolveNodeRegion(node);
  const by = await resolveNodeCredentials(
    { registryRegion: region, resolveEndpoint: await createNodeEndpointResolver(node) },
    node,
  );
  // Google sends the request, and accepts no other host (AIP-4117): neither the node's own endpoint nor a variant.
  const { protocol, hostname } = new URL(
    regionalEndpoint("sts", region.name, region.partition, STANDARD_ENDPOINT),
  );
  const signer = new SignatureV4({
    credentials: sdkCredentials(by),
    region: region.name,
    service: "sts",
    sha256: Sha256,
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
  return { token: serialised(url, headers), expiresAt: undefined, identityLabel: by.source };
}

/** As Google documents it, letter by letter ("Workload identity federation", the GetCallerIdentity token). */
function serialised(url: string, headers: Readonly<Record<string, string>>): Secret {
  const pairs = Object.entries(headers).map(([name, value]) => ({
    key: name === "authorization" ? "Authorization" : name,
    value,
  }));
  return new Secret(encodeURIComponent(JSON.stringify({ url, method: "POST", headers: pairs })), {
    isPartlyPublic: true,
  });
}

/** SHA-256 and its HMAC in the shape that the signer wants. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(key));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytesOf(key: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof key === "string") return Buffer.from(key);
  return ArrayBuffer.isView(key)
    ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength)
    : new Uint8Array(key);
}
