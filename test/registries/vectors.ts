import { readCommittedHostVectors } from "../../scripts/generate/host-vectors.ts";
import { isJsonObject, parseStrictJson } from "../kubelet/json-strict.ts";

export interface GenuineVector {
  readonly image: string;
  readonly family: string;
  readonly coordinates: Readonly<Record<string, unknown>>;
}

export interface HostileVector {
  readonly class: string;
  readonly image: string;
  readonly verdict: string;
}

/** `test/vectors/hosts.json`, read as any other implementation would. */
export function readVectors(): {
  readonly genuine: readonly GenuineVector[];
  readonly hostile: readonly HostileVector[];
} {
  const file = parseStrictJson(readCommittedHostVectors());
  if (!isJsonObject(file)) throw new Error("hosts.json is not an object");
  return { genuine: rows(file["genuine"]).map(genuine), hostile: rows(file["hostile"]).map(hostile) };
}

function rows(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value) || !value.every(isJsonObject))
    throw new Error("hosts.json: not a list of objects");
  return value;
}

function genuine({ image, family, ...coordinates }: Readonly<Record<string, unknown>>): GenuineVector {
  return { image: text(image), family: text(family), coordinates };
}

function hostile(row: Readonly<Record<string, unknown>>): HostileVector {
  return { class: text(row["class"]), image: text(row["image"]), verdict: text(row["verdict"]) };
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("hosts.json: not a string");
  return value;
}
