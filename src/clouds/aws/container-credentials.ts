import { readConfiguredFile } from "../../core/required-file.ts";
import type { Environment, World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { type ErrorMapping, errorFromResponse, recogniseCode } from "../shared/response.ts";
import { ECS_CODES } from "../shared/vendor-codes.ts";
import { type AwsCredentials, parseCredentials } from "./credentials.ts";
import { parsePodIdentityError } from "./errors.ts";

/** The ECS agent's origin (AWS SDKs Reference Guide, "Container credential provider"). */
const ECS = "http://169.254.170.2";
/** The hosts that may be requested with plain HTTP, because their traffic never leaves the node. */
const LOCAL_HOSTS =
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])$/;
/** Bytes; a ServiceAccount token is under 2 KiB. */
const TOKEN_LIMIT = 64 * 1024;

const VARIABLES = [
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
] as const;

/** Reports whether any variable of the endpoint is set. A token without an address is an error, as a part of an access key is. */
export function isContainerSet(env: Environment): boolean {
  return VARIABLES.some((name) => env[name]);
}

/**
 * Fetches the credentials that the endpoint in the environment serves.
 *
 * @throws ProviderError `aws-container-endpoint-invalid`, `aws-container-refused`, `file-*` and the metadata codes
 */
export async function fetchContainerCredentials(world: World): Promise<AwsCredentials> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } =
    world.env;
  if (!relative && !full)
    throw new ProviderError("aws-container-endpoint-invalid", {
      detail: "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
      hint: "set one of them in the provider's env, or remove what requires the endpoint: AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, or credential_source = EcsContainer of the profile",
    });
  if (relative && !relative.startsWith("/"))
    throw new ProviderError("aws-container-endpoint-invalid", {
      detail: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with /",
    });
  const url = parseContainerUrl(relative ? `${ECS}${relative}` : (full ?? ""));
  const authorization = await readAuthorizationToken(world);
  return requestCredentials({ url, authorization, source: "container endpoint" }, world);
}

interface ContainerRequest {
  readonly url: URL;
  /** The value of the `Authorization` header: one line of ASCII. */
  readonly authorization: string | undefined;
  readonly source: string;
}

/** Requests credentials from a container endpoint. Throws `aws-container-refused` and the metadata codes. */
export async function requestCredentials(
  { url, authorization, source }: ContainerRequest,
  world: World,
): Promise<AwsCredentials> {
  const egress = new Egress(world, [
    { origin: url.origin, kind: "metadata", stage: "identity", secretPath: true },
  ]);
  const headers = { accept: "application/json", ...(authorization === undefined ? {} : { authorization }) };
  const response = await egress.send({ method: "GET", url, headers });
  if (response.status === 200) {
    return parseCredentials(response.body, source, egress.lastExchange?.facts ?? {}, "Token");
  }
  throw errorFromResponse(response, egress, ENDPOINT_ERRORS, {});
}

const ENDPOINT_ERRORS: ErrorMapping = {
  readVendorError: ({ body }) => {
    const code = recogniseCode(parseJsonObject(body)?.["code"], ECS_CODES);
    return code === undefined ? parsePodIdentityError(body) : { code };
  },
  codeFor: () => "aws-container-refused",
};

/** Parses the URL of a container endpoint. Throws `aws-container-endpoint-invalid`. */
export function parseContainerUrl(address: string): URL {
  const url = URL.parse(address);
  if (url === null)
    throw new ProviderError("aws-container-endpoint-invalid", { detail: "its address is not a URL" });
  if (url.username !== "" || url.password !== "" || url.hash !== "")
    throw new ProviderError("aws-container-endpoint-invalid", {
      detail: "its address must not contain a user name, a password or a fragment",
    });
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && LOCAL_HOSTS.test(url.hostname)) return url;
  throw new ProviderError("aws-container-endpoint-invalid", {
    detail: `${showValue("host", url.host)} is not allowed`,
  });
}

/** Reads the token, which decides the identity that the endpoint serves credentials for. */
async function readAuthorizationToken(world: World): Promise<string | undefined> {
  const file = world.env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  const token = file
    ? await readAuthorizationTokenFile(file, world)
    : world.env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  if (!token) return undefined;
  if (/^[\x20-\x7e]+$/.test(token)) return token;
  throw new ProviderError("aws-container-endpoint-invalid", {
    detail: "its authorization token is not one line of ASCII",
  });
}

async function readAuthorizationTokenFile(file: string, world: World): Promise<string> {
  const setting = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
  const refuse = (problem: string) =>
    new ProviderError("aws-container-endpoint-invalid", { detail: `${setting}${problem}` });
  if (!file.startsWith("/")) throw refuse(" must be an absolute path");
  const token = (await readConfiguredFile(file, TOKEN_LIMIT, "unwritable", world, setting))?.trim();
  if (token) return token;
  throw refuse(`: ${showValue("path", file)} ${token === undefined ? "does not exist" : "is empty"}`);
}
