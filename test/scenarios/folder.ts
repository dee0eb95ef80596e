import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { isJsonObject } from "../kubelet/json-strict.ts";

const ROOT = new URL("../../config/scenarios/", import.meta.url);

/** The directory of the configuration and its files in the scenarios. */
export const HOME = "/etc/registry-credential-provider/";
export const CONFIG_ARGUMENT = `--config=${HOME}config.yaml`;

/** The folder `config/scenarios/NAME/`. */
export interface Folder {
  readonly name: string;
  /** The text of config.yaml. */
  readonly config: string;
  /** The content of kubelet.yaml. */
  readonly kubelet: unknown;
  readonly providers: readonly Provider[];
  /** The other files: name → text. */
  readonly others: Readonly<Record<string, string>>;
}

/** An entry of the kubelet's configuration. */
export interface Provider {
  readonly name: string;
  readonly matchImages: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Undefined if requests contain no token. */
  readonly audience: string | undefined;
  readonly requireServiceAccount: boolean;
  readonly requiredKeys: readonly string[];
  readonly optionalKeys: readonly string[];
}

export function listFolders(): readonly string[] {
  return readdirSync(ROOT).toSorted();
}

export function readFolder(name: string): Folder {
  const folder = new URL(`${name}/`, ROOT);
  const read = (file: string) => readFileSync(new URL(file, folder), "utf8");
  const others = readdirSync(folder).filter(
    (file) => !["config.yaml", "kubelet.yaml", "README.md"].includes(file),
  );
  const kubelet: unknown = parse(read("kubelet.yaml"));
  return {
    name,
    config: read("config.yaml"),
    kubelet,
    providers: listIn(kubelet, "providers").map(parseProvider),
    others: Object.fromEntries(others.map((file) => [file, read(file)])),
  };
}

function parseProvider(entry: unknown): Provider {
  const attributes = isJsonObject(entry) ? entry["tokenAttributes"] : undefined;
  const audience = isJsonObject(attributes) ? attributes["serviceAccountTokenAudience"] : undefined;
  const variables = listIn(entry, "env").map((one) => (isJsonObject(one) ? one : {}));
  return {
    name: isJsonObject(entry) ? String(entry["name"]) : "",
    matchImages: listIn(entry, "matchImages").map(String),
    args: listIn(entry, "args").map(String),
    env: Object.fromEntries(variables.map(({ name, value }) => [String(name), String(value)])),
    audience: audience === undefined ? undefined : String(audience),
    requireServiceAccount: isJsonObject(attributes) && attributes["requireServiceAccount"] === true,
    requiredKeys: listIn(attributes, "requiredServiceAccountAnnotationKeys").map(String),
    optionalKeys: listIn(attributes, "optionalServiceAccountAnnotationKeys").map(String),
  };
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list = isJsonObject(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
}
