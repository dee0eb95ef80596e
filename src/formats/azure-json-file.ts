import type { World } from "../core/world.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { showValue } from "../errors/show-value.ts";
import { indexFieldsByLowerCase, isJsonObject, type JsonObject, parseJsonObject } from "./json.ts";

/** Bytes. The file of AKS has about 2 KiB. */
const MAX_AZURE_JSON = 256 * 1024;

/** Top-level keys of configuration files: this program's, the kubelet's and Kubernetes objects. azure.json has none of them. */
const CONFIG_KEYS = ["apiVersion", "kind", "rules", "mirrors", "requireRule"];

/**
 * Reads the object in azure.json. Refuses a configuration file, because its rules would silently have no effect.
 *
 * @throws ProviderError `file-unsafe`, `azure-config-unreadable`, `azure-config-malformed` or `argument-invalid`
 */
export async function readAzureJson(path: string, world: World): Promise<JsonObject> {
  const text = await world.readFile(path, MAX_AZURE_JSON, "unwritable").catch((cause: unknown) => {
    if (!(cause instanceof ProviderError) || cause.code !== "file-unreadable") throw cause;
    throw new ProviderError("azure-config-unreadable", { detail: cause.facts.detail, cause });
  });
  if (text === undefined)
    throw new ProviderError("azure-config-unreadable", {
      detail: `${showValue("path", path)} does not exist`,
    });
  const content = await parseAzureJson(text, path);
  const fields = indexFieldsByLowerCase(content);
  const configKey = CONFIG_KEYS.find((key) => fields.has(key.toLowerCase()));
  if (configKey === undefined) return content;
  throw new ProviderError("argument-invalid", {
    detail: `${showValue("path", path)} is a configuration file, not azure.json: it has the key ${configKey}`,
    hint: "write --config= before the path of this program's configuration file; an argument without --config= is the node's azure.json",
  });
}

/** The YAML parser is loaded only for YAML. AKS writes JSON. */
async function parseAzureJson(text: string, path: string): Promise<JsonObject> {
  if (text.trim() === "") throw malformedAzureJson(path, "it is empty");
  const json = parseJsonObject(text);
  if (json !== undefined) return json;
  const { parseAzureJsonAsYaml } = await import("./azure-json-yaml.ts");
  const result = parseAzureJsonAsYaml(text);
  if ("problem" in result) throw malformedAzureJson(path, result.problem);
  if (isJsonObject(result.value)) return result.value;
  throw malformedAzureJson(path, "it is not an object");
}

/** Returns the error about the content of azure.json. The problem quotes no value. */
export function malformedAzureJson(path: string, problem: string): ProviderError {
  return new ProviderError("azure-config-malformed", { detail: `${showValue("path", path)}: ${problem}` });
}
