import { readNamed } from "../../core/required-file.ts";
import type { World } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import { indexFieldsByLowerCase, parseJsonObject } from "../../formats/json.ts";
import { type AzureCloud, PUBLIC_CLOUD_AUDIENCE } from "./clouds.ts";

/** Bytes; AKS writes about 2 KiB. */
const MAX_FILE = 64 * 1024;

/** At least two labels: nobody owns all registries under a top-level domain. */
const SUFFIX = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

/**
 * The custom cloud that AZURE_ENVIRONMENT_FILEPATH names, as the Azure SDK for Go and AKS write it (go-autorest
 * `azure.Environment`). Its registries get Entra tokens, so nobody else may be able to write it.
 *
 * @returns undefined where the variable is not set, or the cloud has no registries
 * @throws ProviderError `azure-environment-file-invalid`, `file-*`
 */
export async function readCustomCloud(world: World): Promise<AzureCloud | undefined> {
  const path = world.env.AZURE_ENVIRONMENT_FILEPATH;
  if (!path) return undefined;
  const text = await readNamed(path, MAX_FILE, "unwritable", world, "AZURE_ENVIRONMENT_FILEPATH");
  const refuse = (why: string) =>
    new ProviderError("azure-environment-file-invalid", { detail: `${showValue("path", path)}: ${why}` });
  const content = parseJsonObject(text);
  if (content === undefined) throw refuse("it is not a JSON object");
  const fields = indexFieldsByLowerCase(content);
  const suffix = suffixOf(fields.get("containerregistrydnssuffix"));
  if (suffix === "") return undefined;
  if (suffix === undefined)
    throw refuse("containerRegistryDNSSuffix is not a DNS name of two labels or more");
  const authority = authorityOf(fields.get("activedirectoryendpoint"));
  if (authority === undefined)
    throw refuse("activeDirectoryEndpoint is not https:// and a host without a path");
  return { name: "AzureStackCloud", suffix: suffix.split("."), authority, audience: PUBLIC_CLOUD_AUDIENCE };
}

/** With a leading dot or without. Go leaves it empty, and its own table says `N/A`, where a cloud has no registries. */
function suffixOf(value: unknown = ""): string | undefined {
  if (typeof value !== "string") return undefined;
  const suffix = (value.startsWith(".") ? value.slice(1) : value).toLowerCase();
  if (suffix === "" || suffix === "n/a") return "";
  return suffix.length <= 253 && SUFFIX.test(suffix) ? suffix : undefined;
}

/** An AD FS (`…/adfs`) is not Entra: it has neither federated credentials nor this token endpoint. */
function authorityOf(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const isOrigin = url !== null && url.protocol === "https:" && url.href === `${url.origin}/`;
  return isOrigin ? url.origin : undefined;
}
