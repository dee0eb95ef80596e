import type { Environment, World } from "../../core/world.ts";
import { Egress } from "../../egress/egress.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { parseJsonObject } from "../../formats/json.ts";
import { type ErrorMapping, errorFromResponse, recogniseCode } from "../shared/response.ts";
import { ECS_CODES } from "../shared/vendor-codes.ts";
import { type AwsCredentials, parseCredentials } from "./credentials.ts";
import { parsePodIdentityError } from "./errors.ts";

/** ECS and EKS Pod Identity serve credentials on the node (AWS SDKs Reference Guide, "Container credential provider"). */
const ECS = "http://169.254.170.2";
/** Plain http is for addresses that never leave the node. */
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

/** Throws `aws-container-endpoint`, `aws-container-refused` and the metadata codes. */
export async function fetchContainerCredentials(world: World): Promise<AwsCredentials> {
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } =
    world.env;
  if (!relative && !full)
    throw new ProviderError("aws-container-endpoint", {
      detail: "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
      hint: "set one of them in the provider's env, or remove what requires the endpoint: AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, or credential_source = EcsContainer of the profile",
    });
  if (relative && !relative.startsWith("/"))
    throw new ProviderError("aws-container-endpoint", {
      detail: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with /",
    });
  const url = containerUrl(relative ? `${ECS}${relative}` : (full ?? ""));
  const authorization = await authorizationToken(world);
  return requestCredentials({ url, authorization, source: "container endpoint" }, world);
}

/** What such an endpoint is asked with. */
interface ContainerRequest {
  readonly url: URL;
  /** The header as it is: one line of ASCII. */
  readonly authorization: string | undefined;
  readonly source: string;
}

/** Throws `aws-container-refused` and the metadata codes. */
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
  throw errorFromResponse(response, egress, READING, {});
}

const READING: ErrorMapping = {
  vendorError: ({ body }) => {
    const code = recogniseCode(parseJsonObject(body)?.["code"], ECS_CODES);
    return code === undefined ? parsePodIdentityError(body) : { code };
  },
  codeFor: () => "aws-container-refused",
};

/** Throws `aws-container-endpoint`. */
export function containerUrl(address: string): URL {
  const url = URL.parse(address);
  if (url === null) throw new ProviderError("aws-container-endpoint", { detail: "its address is not a URL" });
  if (url.username !== "" || url.password !== "" || url.hash !== "")
    throw new ProviderError("aws-container-endpoint", {
      detail: "its address must not contain a user name, a password or a fragment",
    });
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && LOCAL_HOSTS.test(url.hostname)) return url;
  throw new ProviderError("aws-container-endpoint", {
    detail: `${showValue("host", url.host)} is not allowed`,
  });
}

/** Reads the token, which decides the identity that the endpoint serves credentials for. */
async function authorizationToken(world: World): Promise<string | undefined> {
  const file = world.env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  if (!file) return checkedToken(world.env.AWS_CONTAINER_AUTHORIZATION_TOKEN);
  const refuse = (problem: string) =>
    new ProviderError("aws-container-endpoint", {
      detail: `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE${problem}`,
    });
  if (!file.startsWith("/")) throw refuse(" must be an absolute path");
  const token = (await world.readFile(file, TOKEN_LIMIT, "unwritable"))?.trim();
  if (token) return checkedToken(token);
  throw refuse(`: ${showValue("path", file)} ${token === undefined ? "does not exist" : "is empty"}`);
}

/** A header cannot hold more than a line. */
function checkedToken(token: string | undefined): string | undefined {
  if (!token) return undefined;
  if (/^[\x20-\x7e]+$/.test(token)) return token;
  throw new ProviderError("aws-container-endpoint", {
    detail: "its authorization token is not one line of ASCII",
  });
}
