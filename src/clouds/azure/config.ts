import { malformedAzureJson, readAzureJson } from "../../azure-json.ts";
import { Secret } from "../../secret.ts";
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

/** @throws ProviderError as `readAzureJson` */
export async function readAzureConfig(path: string, world: World): Promise<AzureConfig> {
  return interpret(await readAzureJson(path, world), path);
}

function interpret(fields: ReadonlyMap<string, unknown>, path: string): AzureConfig {
  const text = (name: string) => textField(fields, name, path);
  const checked = (name: string, isRight: (value: string) => boolean) => {
    const value = text(name);
    if (value === undefined || isRight(value)) return value;
    throw malformedAzureJson(path, `${name} holds a character that it cannot`);
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
  throw malformedAzureJson(path, `${name} is not a string: put its value in quotes`);
}

/** Reads a boolean as Go does: a missing field and `null` are false, and a string is refused whatever its text. */
function booleanField(fields: ReadonlyMap<string, unknown>, name: string, path: string): boolean {
  const value = fields.get(name.toLowerCase()) ?? false;
  if (typeof value === "boolean") return value;
  throw malformedAzureJson(path, `${name} is not a boolean: write true or false without quotes`);
}

/** An id or a domain: it becomes part of a path. */
function isTenant(text: string): boolean {
  return /^[\w.-]+$/.test(text);
}
