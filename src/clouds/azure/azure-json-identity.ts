import { Secret } from "../../core/secret.ts";
import type { World } from "../../core/world.ts";
import { suggestCorrection } from "../../errors/did-you-mean.ts";
import { quoteValue } from "../../errors/show-value.ts";
import { malformedAzureJson, readAzureJson } from "../../formats/azure-json-file.ts";
import { indexFieldsByLowerCase, type JsonObject } from "../../formats/json.ts";
import { isToken } from "../shared/response.ts";
import { AZURE_CLOUD_NAMES, type AzureCloudName, findAzureCloud } from "./clouds.ts";

/** The identity in a node's azure.json (cloud-provider-azure `pkg/provider/config`). Other fields are ignored. */
export interface AzureJsonIdentity {
  /** Undefined if the file does not name one. */
  readonly cloud: AzureCloudName | undefined;
  readonly tenantId: string | undefined;
  readonly useManagedIdentity: boolean;
  /** A client id or resource id. Undefined selects the identity that AZURE_CLIENT_ID or its like names, or the system-assigned one. */
  readonly userAssignedIdentity: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: Secret | undefined;
  /** The names of all fields, for messages. */
  readonly fieldNames: readonly string[];
}

/** @throws ProviderError as `readAzureJson` */
export async function readAzureJsonIdentity(path: string, world: World): Promise<AzureJsonIdentity> {
  return parseIdentity(await readAzureJson(path, world), path);
}

/** Fields of cloud-provider-azure that are ignored here, and are spelled much like fields that are read. */
const IGNORED_FIELDS = [
  "aadClientCertPath",
  "aadClientCertPassword",
  "aadFederatedTokenFile",
  "useFederatedWorkloadIdentityExtension",
  "useInstanceMetadata",
];

/** Describes why the file selects no identity: the missing fields, and fields that may be misspellings of them. */
export function describeIncomplete({
  tenantId,
  clientId,
  clientSecret,
  fieldNames,
}: AzureJsonIdentity): string {
  const fields = { tenantId, aadClientId: clientId, aadClientSecret: clientSecret };
  const missing = Object.entries(fields).flatMap(([name, value]) => (value ? [] : [name]));
  const readFields = [
    "useManagedIdentityExtension",
    "userAssignedIdentityID",
    "cloud",
    ...Object.keys(fields),
  ];
  const known = new Set([...readFields, ...IGNORED_FIELDS].map((name) => name.toLowerCase()));
  const misspelt = fieldNames.flatMap((name) => {
    const meant = known.has(name.toLowerCase())
      ? undefined
      : suggestCorrection(name, ["useManagedIdentityExtension", ...missing]);
    return meant === undefined ? [] : [`; is ${quoteValue("key", name)} ${meant} misspelt?`];
  });
  return `it has no ${missing.join(", ")}${misspelt.join("")}`;
}

function parseIdentity(content: JsonObject, path: string): AzureJsonIdentity {
  const fields = indexFieldsByLowerCase(content);
  const text = (name: string) => readTextField(fields, name, path);
  const validText = (name: string, isValid: (value: string) => boolean) => {
    const value = text(name);
    if (value === undefined || isValid(value)) return value;
    throw malformedAzureJson(path, `${name} contains an invalid character`);
  };
  const secret = text("aadClientSecret");
  return {
    cloud: parseCloud(text("cloud"), path),
    // An id or a domain, which becomes part of a URL path.
    tenantId: validText("tenantId", (value) => /^[\w.-]+$/.test(value)),
    useManagedIdentity: readGoBoolean(fields, "useManagedIdentityExtension", path),
    userAssignedIdentity: validText("userAssignedIdentityID", isToken),
    clientId: validText("aadClientId", isToken),
    clientSecret: secret === undefined ? undefined : new Secret(secret),
    fieldNames: Object.keys(content),
  };
}

function parseCloud(name: string | undefined, path: string): AzureCloudName | undefined {
  const cloud = name === undefined ? undefined : findAzureCloud(name);
  if (name === undefined || cloud !== undefined) return cloud;
  throw malformedAzureJson(path, `cloud ${quoteValue("name", name)} is not one of ${AZURE_CLOUD_NAMES}`);
}

function readTextField(fields: ReadonlyMap<string, unknown>, name: string, path: string): string | undefined {
  const value = fields.get(name.toLowerCase());
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw malformedAzureJson(path, `${name} is not a string: put its value in quotes`);
}

/** Reads a boolean as Go does: a missing field and `null` are false, and a string is refused whatever its text. */
function readGoBoolean(fields: ReadonlyMap<string, unknown>, name: string, path: string): boolean {
  const value = fields.get(name.toLowerCase()) ?? false;
  if (typeof value === "boolean") return value;
  throw malformedAzureJson(path, `${name} is not a boolean: write true or false without quotes`);
}
