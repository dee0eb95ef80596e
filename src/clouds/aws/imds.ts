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
import { requireOwnPartition } from "./own-partition.ts";

/**
 * The instance's role by IMDSv2 (never v1), on our own client: the SDK's opens sockets of its own, falls back to v1,
 * and does not try again (AWS EC2 User Guide, "Retrieve security credentials from instance metadata").
 */
const IPV4 = "http://169.254.169.254";
const IPV6 = "http://[fd00:ec2::254]";
const ROLE_PATH = "/latest/meta-data/iam/security-credentials/";
/** Seconds; the program ends before. */
const TOKEN_TTL = "60";
/** A role that was attached at launch appears about 2 s after boot; until then its path is a 404. */
const ROLE_RETRY_WINDOW = 5 * SECOND;
/** It goes into a header: nothing else may come along. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;
/** IAM's names (IAM User Guide, "IAM and AWS STS quotas"), so that an answer cannot steer the next path. */
const ROLE_NAME = /^(?!\.{1,2}$)[\w+=,.@-]{1,128}$/;

/** The addresses that may be asked, best first. Throws `environment-invalid`. */
function imdsOrigins(env: Environment): readonly string[] {
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

function egressTo(origin: string, world: World): Egress {
  const retryWindow = (response: HttpResponse) => (response.status === 404 ? ROLE_RETRY_WINDOW : undefined);
  return new Egress(world, [{ origin, kind: "metadata", stage: "identity", retryWindow }]);
}

/**
 * Reads the keys of the instance's role.
 *
 * @param partition the partition in which the keys will be used; undefined: not compared
 * @throws ProviderError `aws-instance-has-no-role`, `aws-role-not-assumable`, `aws-partition-mismatch` and the metadata codes
 */
export async function fetchInstanceCredentials(
  session: ImdsSession,
  partition: string | undefined,
): Promise<AwsCredentials> {
  const own = partition === undefined ? undefined : await readPartition(session);
  if (partition !== undefined) requireOwnPartition(partition, own, "the instance");
  const role = (await read(session, ROLE_PATH)).body.split("\n")[0]?.trim();
  const facts = session.egress.lastExchange?.facts ?? {};
  if (!role || !ROLE_NAME.test(role))
    throw new ProviderError("metadata-wrong-service", { ...facts, detail: "no role name" });
  const { body } = await read(session, ROLE_PATH + role);
  requireSuccess(body, session.egress);
  const keys = parseCredentials(
    body,
    `instance role ${showValue("name", role)}`,
    session.egress.lastExchange?.facts ?? {},
    "Token",
  );
  return { ...keys, partition: own };
}

const PARTITION_NAME = /^aws(-[a-z]{1,12}){0,3}$/;

/**
 * Reads the instance's partition.
 *
 * @returns undefined where the service does not know the path: `aws_signing_helper serve` serves only credentials
 * @throws ProviderError the metadata codes
 */
export async function readPartition({ world, ...session }: ImdsSession): Promise<string | undefined> {
  const egress = new Egress(world, [{ origin: session.origin, kind: "metadata", stage: "identity" }]);
  const response = await get({ ...session, egress }, "/latest/meta-data/services/partition");
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw errorFromResponse(response, egress, awsErrors, {});
  const partition = response.body.trim();
  if (PARTITION_NAME.test(partition)) return partition;
  throw new ProviderError("metadata-wrong-service", {
    ...egress.lastExchange?.facts,
    detail: "no partition",
  });
}

/** Where the instance is (EC2 User Guide, "Instance metadata categories"). Throws the metadata codes. */
export async function fetchInstanceRegion(session: ImdsSession): Promise<AwsRegion> {
  const region = (await read(session, "/latest/meta-data/placement/region")).body.trim();
  return parseRegion(
    region,
    "the instance",
    () =>
      new ProviderError("metadata-wrong-service", {
        ...session.egress.lastExchange?.facts,
        detail: "no region",
      }),
  );
}

/** Not where the operator forbids it, nor on another cloud, where the same address is a stranger's. */
async function requireMetadata(world: World): Promise<void> {
  if (readBoolean(world.env, "AWS_EC2_METADATA_DISABLED")) throw new ProviderError("aws-metadata-disabled");
  if (!world.env.AWS_EC2_METADATA_SERVICE_ENDPOINT) await requirePlatform("aws", world);
}

/** EC2 answers 200 where it could not assume the instance's role, and says so inside. */
function requireSuccess(body: string, egress: Egress): void {
  const code = recogniseCode(parseJsonObject(body)?.["Code"], AWS_CODES);
  if (code === undefined || code === "Success") return;
  throw new ProviderError("aws-role-not-assumable", {
    ...egress.lastExchange?.facts,
    vendorCode: code,
  });
}

/** With the metadata service at one of its addresses, for `TOKEN_TTL`: longer than the program runs. */
export interface ImdsSession {
  readonly world: World;
  readonly egress: Egress;
  readonly origin: string;
  readonly token: Secret;
}

/** At the first address that gives a session token. Throws `aws-metadata-disabled`, `platform-*` and the metadata codes. */
export async function openImdsSession(world: World): Promise<ImdsSession> {
  await requireMetadata(world);
  return raceAddresses(imdsOrigins(world.env), (origin) => openSessionAt(origin, world), world);
}

async function openSessionAt(origin: string, world: World): Promise<ImdsSession> {
  const egress = egressTo(origin, world);
  const response = await egress.send({
    method: "PUT",
    url: new URL("/latest/api/token", origin),
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": TOKEN_TTL },
  });
  if (response.status === 200 && TOKEN.test(response.body))
    return { world, egress, origin, token: new Secret(response.body) };
  throw errorFromResponse(response, egress, awsErrors, {});
}

type Connection = Pick<ImdsSession, "egress" | "origin" | "token">;

function get({ egress, origin, token }: Connection, path: string): Promise<HttpResponse> {
  const headers = { "x-aws-ec2-metadata-token": token.expose() };
  return egress.send({ method: "GET", url: new URL(path, origin), headers });
}

async function read(session: ImdsSession, path: string): Promise<HttpResponse> {
  const { egress } = session;
  const response = await get(session, path);
  if (response.status === 200) return response;
  if (response.status === 404)
    throw new ProviderError("aws-instance-has-no-role", egress.lastExchange?.facts);
  throw errorFromResponse(response, egress, awsErrors, {});
}
