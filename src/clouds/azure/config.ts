import { ProviderError } from "../../errors.ts";
import { goFields, isMapping, type Mapping, tryParse } from "../../json.ts";
import { Secret } from "../../secret.ts";
import { showValue } from "../../show-value.ts";
import type { World } from "../../world.ts";
import { isToken } from "../answer.ts";
import { type AzureCloudName, cloudNamed } from "./clouds.ts";

/** What a node's azure.json says of identity (cloud-provider-azure `pkg/provider/config`); all else is not read. */
export interface AzureConfig {
  /** Undefined where it is none that is known here. */
  readonly cloud: AzureCloudName | undefined;
  readonly tenantId: string | undefined;
  readonly useManagedIdentity: boolean;
  /** Client id or resource id; undefined: whom AZURE_CLIENT_ID and its like name, or else the system-assigned one. */
  readonly userAssignedIdentity: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: Secret | undefined;
}

/** Bytes; AKS writes about 2 KiB. */
const MAX_FILE = 256 * 1024;

/** @throws ProviderError `file-unsafe`, `azure-config-unreadable`, `azure-config-malformed` or `azure-config-incomplete` */
export async function readAzureConfig(path: string, world: World): Promise<AzureConfig> {
  const text = await world.readFile(path, MAX_FILE, "unwritable").catch((cause: unknown) => {
    if (!(cause instanceof ProviderError) || cause.code !== "file-unreadable") throw cause;
    throw new ProviderError("azure-config-unreadable", { detail: cause.facts.detail, cause });
  });
  if (text === undefined)
    throw new ProviderError("azure-config-unreadable", { detail: `${showValue("path", path)} is not there` });
  return interpret(goFields(await parse(text, path)), path);
}

/** AKS writes JSON; others write YAML, and only they pay for its parser. */
async function parse(text: string, path: string): Promise<Mapping> {
  const json = tryParse(text);
  if (json !== undefined) return json;
  const { parseYaml } = await import("./config-yaml.ts");
  const result = parseYaml(text);
  if ("problem" in result) throw malformed(path, result.problem);
  if (isMapping(result.value)) return result.value;
  throw malformed(path, "not an object");
}

function malformed(path: string, problem: string): ProviderError {
  return new ProviderError("azure-config-malformed", { detail: `${showValue("path", path)}: ${problem}` });
}

function interpret(fields: ReadonlyMap<string, unknown>, path: string): AzureConfig {
  const text = (name: string) => textField(fields, name, path);
  const checked = (name: string, isRight: (value: string) => boolean) => {
    const value = text(name);
    if (value === undefined || isRight(value)) return value;
    throw malformed(path, `${name} holds a character that it cannot`);
  };
  const secret = text("aadClientSecret");
  return {
    cloud: cloudNamed(text("cloud")),
    tenantId: checked("tenantId", isTenant),
    useManagedIdentity: booleanField(fields, "useManagedIdentityExtension", path),
    userAssignedIdentity: checked("userAssignedIdentityID", isToken),
    clientId: checked("aadClientId", isToken),
    clientSecret: secret === undefined ? undefined : new Secret(secret),
  };
}

function textField(fields: ReadonlyMap<string, unknown>, name: string, path: string): string | undefined {
  const value = fields.get(name.toLowerCase());
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw malformed(path, `${name} is not a string: put its value in quotes`);
}

/** Reads a boolean as Go does: a missing field and `null` are false, and a string is refused whatever its text. */
function booleanField(fields: ReadonlyMap<string, unknown>, name: string, path: string): boolean {
  const value = fields.get(name.toLowerCase()) ?? false;
  if (typeof value === "boolean") return value;
  throw malformed(path, `${name} is not a boolean: write true or false without quotes`);
}

/** An id or a domain: it becomes part of a path. */
function isTenant(text: string): boolean {
  return /^[\w.-]+$/.test(text);
}
