import { Secret } from "../../core/secret.ts";
import { SECOND } from "../../core/time.ts";
import type { Environment, HttpResponse, World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { readBoolean, readChoice } from "../../formats/choices.ts";
import { readEndpointUrl } from "../../formats/endpoint-url.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { requirePlatform } from "../shared/platform.ts";
import { errorFromResponse, recogniseCode } from "../shared/response.ts";
import { AWS_CODES } from "../shared/vendor-codes.ts";
import { type AwsRegion, parseRegion } from "./configured-region.ts";
import { type AwsCredentials, parseCredentials } from "./credentials.ts";
import { awsErrors } from "./errors.ts";
import { raceAddresses } from "./happy-eyeballs.ts";
import { requireRegistryPartition } from "./own-partition.ts";

/*
 * Requests the instance metadata with IMDSv2 only (AWS EC2 User Guide, "Retrieve security credentials from instance metadata").
 * The SDK's client is not used, because it opens its own sockets, falls back to IMDSv1 and does not retry.
 */

const IPV4 = "http://169.254.169.254";
const IPV6 = "http://[fd00:ec2::254]";
const ROLE_PATH = "/latest/meta-data/iam/security-credentials/";
/** Seconds; longer than a run. */
const TOKEN_TTL = "60";
/** A role that was attached at launch appears about 2 s after boot; until then its path is a 404. */
const ROLE_RETRY_WINDOW = 5 * SECOND;
/** A session token becomes a header's value, so it must not contain a line end. */
const SESSION_TOKEN = /^[\x21-\x7e]{1,4096}$/;
/** A role name (IAM User Guide, "IAM and AWS STS quotas"). It becomes a part of the next request's path. */
const ROLE_NAME = /^(?!\.{1,2}$)[\w+=,.@-]{1,128}$/;
const PARTITION_NAME = /^aws(-[a-z]{1,12}){0,3}$/;

/** A session of the metadata service. It is valid for longer than a run (`TOKEN_TTL`). */
export interface ImdsSession {
  readonly world: World;
  readonly egress: Egress;
  readonly origin: string;
  readonly token: Secret;
}

/**
 * Opens a session at the first address that returns a session token. Nothing is requested if the operator disables the metadata
 * service, or if the node is in another cloud, where the address belongs to another service.
 *
 * @throws ProviderError `aws-metadata-disabled`, `platform-*`, `environment-invalid` and the metadata codes
 */
export async function openImdsSession(world: World): Promise<ImdsSession> {
  if (readBoolean(world.env, "AWS_EC2_METADATA_DISABLED")) throw new ProviderError("aws-metadata-disabled");
  if (!world.env.AWS_EC2_METADATA_SERVICE_ENDPOINT) await requirePlatform("aws", world);
  return raceAddresses(resolveOrigins(world.env), (origin) => openSessionAt(origin, world), world);
}

/** Returns the origins of the service, the preferred one first. Throws `environment-invalid`. */
function resolveOrigins(env: Environment): readonly string[] {
  // The SDK for JavaScript silently drops a path.
  const configured = readEndpointUrl(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "without-path");
  if (configured !== undefined) return [configured.origin];
  switch (readChoice(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", ["IPv4", "IPv6"])) {
    case undefined:
      return [IPV4, IPV6];
    case "IPv4":
      return [IPV4];
    case "IPv6":
      return [IPV6];
  }
}

async function openSessionAt(origin: string, world: World): Promise<ImdsSession> {
  const retryWindow = (response: HttpResponse) => (response.status === 404 ? ROLE_RETRY_WINDOW : undefined);
  const egress = new Egress(world, [{ origin, kind: "metadata", stage: "identity", retryWindow }]);
  const response = await egress.send({
    method: "PUT",
    url: new URL("/latest/api/token", origin),
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": TOKEN_TTL },
  });
  if (response.status === 200 && SESSION_TOKEN.test(response.body))
    return { world, egress, origin, token: new Secret(response.body) };
  throw errorFromResponse(response, egress, awsErrors, {});
}

/**
 * Fetches the credentials of the instance's role.
 *
 * @param partition the partition in which the credentials will be used; undefined: not checked
 * @throws ProviderError `aws-instance-has-no-role`, `aws-role-not-assumable`, `aws-partition-mismatch` and the metadata codes
 */
export async function fetchInstanceCredentials(
  session: ImdsSession,
  partition: string | undefined,
): Promise<AwsCredentials> {
  const own = partition === undefined ? undefined : await fetchInstancePartition(session);
  if (partition !== undefined) requireRegistryPartition(partition, own, "the instance");
  const { egress } = session;
  const role = (await getMetadata(session, ROLE_PATH)).split("\n")[0]?.trim();
  if (!role || !ROLE_NAME.test(role)) throw refuseContent(egress, "no role name");
  const body = await getMetadata(session, ROLE_PATH + role);
  // EC2 responds with status 200 even if it cannot assume the instance's role. Only `Code` shows the failure.
  const code = recogniseCode(parseJsonObject(body)?.["Code"], AWS_CODES);
  const facts = egress.lastExchange?.facts ?? {};
  if (code !== undefined && code !== "Success")
    throw new ProviderError("aws-role-not-assumable", { ...facts, vendorCode: code });
  const source = `instance role ${showValue("name", role)}`;
  return { ...parseCredentials(body, source, facts, "Token"), partition: own };
}

/**
 * Fetches the instance's partition.
 *
 * @returns undefined if the service does not know the path: `aws_signing_helper serve` serves only credentials
 * @throws ProviderError the metadata codes
 */
export async function fetchInstancePartition({
  world,
  ...session
}: ImdsSession): Promise<string | undefined> {
  // An egress of its own, because that of the session retries a 404.
  const egress = new Egress(world, [{ origin: session.origin, kind: "metadata", stage: "identity" }]);
  const response = await get({ ...session, egress }, "/latest/meta-data/services/partition");
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw errorFromResponse(response, egress, awsErrors, {});
  const partition = response.body.trim();
  if (PARTITION_NAME.test(partition)) return partition;
  throw refuseContent(egress, "no partition");
}

/** Fetches the instance's region (EC2 User Guide, "Instance metadata categories"). Throws the metadata codes. */
export async function fetchInstanceRegion(session: ImdsSession): Promise<AwsRegion> {
  const region = (await getMetadata(session, "/latest/meta-data/placement/region")).trim();
  return parseRegion(region, "the instance", () => refuseContent(session.egress, "no region"));
}

async function getMetadata(session: ImdsSession, path: string): Promise<string> {
  const { egress } = session;
  const response = await get(session, path);
  if (response.status === 200) return response.body;
  if (response.status === 404)
    throw new ProviderError("aws-instance-has-no-role", egress.lastExchange?.facts);
  throw errorFromResponse(response, egress, awsErrors, {});
}

function get(
  { egress, origin, token }: Pick<ImdsSession, "egress" | "origin" | "token">,
  path: string,
): Promise<HttpResponse> {
  const headers = { "x-aws-ec2-metadata-token": token.expose() };
  return egress.send({ method: "GET", url: new URL(path, origin), headers });
}

/** Returns the error about a response with status 200 that does not come from the metadata service of EC2. */
function refuseContent(egress: Egress, detail: string): ProviderError {
  return new ProviderError("metadata-wrong-service", { ...egress.lastExchange?.facts, detail });
}
