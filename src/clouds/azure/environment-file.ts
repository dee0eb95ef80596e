import { readRequiredFile } from "../../core/required-file.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { indexFieldsByLowerCase, parseJsonObject } from "../../formats/json.ts";
import { type AzureCloud, PUBLIC_CLOUD_AUDIENCE } from "./clouds.ts";

/** Bytes. The file of AKS has about 2 KiB. */
const MAX_ENVIRONMENT_FILE = 64 * 1024;

/** At least two labels: a single one would match every registry under a top-level domain. */
const DNS_SUFFIX = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

/**
 * Reads the custom cloud that AZURE_ENVIRONMENT_FILEPATH names, in the format of the Azure SDK for Go (go-autorest
 * `azure.Environment`), which AKS writes. Only root and this user may be able to write the file, because the cloud's registries receive Entra tokens.
 *
 * @returns undefined if the variable is not set or the cloud has no registries
 * @throws ProviderError `azure-environment-file-invalid`, `file-*`
 */
export async function readCustomCloud(world: World): Promise<AzureCloud | undefined> {
  const path = world.env.AZURE_ENVIRONMENT_FILEPATH;
  if (!path) return undefined;
  const text = await readRequiredFile(
    path,
    MAX_ENVIRONMENT_FILE,
    "unwritable",
    world,
    "AZURE_ENVIRONMENT_FILEPATH",
  );
  const refuse = (problem: string) =>
    new ProviderError("azure-environment-file-invalid", { detail: `${showValue("path", path)}: ${problem}` });
  const content = parseJsonObject(text);
  if (content === undefined) throw refuse("it is not a JSON object");
  const fields = indexFieldsByLowerCase(content);
  const suffix = parseSuffix(fields.get("containerregistrydnssuffix"));
  if (suffix === "") return undefined;
  if (suffix === undefined)
    throw refuse("containerRegistryDNSSuffix is not a DNS name of two labels or more");
  const authority = parseAuthority(fields.get("activedirectoryendpoint"));
  if (authority === undefined)
    throw refuse("activeDirectoryEndpoint is not https:// and a host without a path");
  return { name: "AzureStackCloud", suffix: suffix.split("."), authority, audience: PUBLIC_CLOUD_AUDIENCE };
}

/** Accepts a leading dot. A cloud without registries has an empty suffix, or `N/A` as in the tables of the Go SDK. */
function parseSuffix(value: unknown = ""): string | undefined {
  if (typeof value !== "string") return undefined;
  const suffix = (value.startsWith(".") ? value.slice(1) : value).toLowerCase();
  if (suffix === "" || suffix === "n/a") return "";
  return suffix.length <= 253 && DNS_SUFFIX.test(suffix) ? suffix : undefined;
}

/** AD FS (`…/adfs`) is not supported: it has neither federated credentials nor Entra's token endpoint. */
function parseAuthority(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const isOrigin = url !== null && url.protocol === "https:" && url.href === `${url.origin}/`;
  return isOrigin ? url.origin : undefined;
}
