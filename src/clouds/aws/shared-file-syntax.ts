import { ProviderError } from "../../errors.ts";
import { showValue } from "../../show-value.ts";

/** Values by key in lower case. The name of a nested key begins with its parent's: `ecr.endpoint_url`. */
export type Section = ReadonlyMap<string, string>;

/** The sections that this program reads of a shared file, by name. */
export interface Sections {
  readonly profiles: ReadonlyMap<string, Section>;
  readonly services: ReadonlyMap<string, Section>;
}

export type FileKind = "config" | "credentials";

/**
 * Parses a shared file as AWS's SDK for Go (`internal/ini`) and botocore (`configloader.py`) do: keys in any case, `=` or `:`,
 * comments from `#` or `;`, nested keys by indentation. A file that those two read differently, or of which they silently
 * skip a line, is refused, because a skipped key could select another identity. The SDK for JavaScript is not a model: it
 * treats a file that it cannot parse as empty.
 *
 * @throws ProviderError `aws-file-malformed`, which quotes no line: it may hold a secret
 */
export function parseSharedFile(text: string, path: string, kind: FileKind): Sections {
  const found = {
    profiles: new Map<string, Map<string, string>>(),
    services: new Map<string, Map<string, string>>(),
  };
  let section: Map<string, string> | undefined;
  let parent = { key: "", value: "", indent: 0 };
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = raw.trim();
    if (line === "" || /^[#;]/.test(line)) continue;
    const refuse = (problem: string) =>
      new ProviderError("aws-file-malformed", {
        detail: `${showValue("path", path)}, line ${index + 1}: ${problem}`,
      });
    const indent = raw.length - raw.trimStart().length;
    const isNested = parent.key !== "" && indent > parent.indent;
    if (isNested && parent.value !== "") throw refuse("it is indented below a key that already has a value");
    const header = isNested ? undefined : HEADER.exec(line)?.[1];
    if (header !== undefined) {
      section = selectSection(header, kind, found, refuse);
      parent = { key: "", value: "", indent: 0 };
      continue;
    }
    const { key, value } = parseProperty(line, refuse);
    if (section === undefined) throw refuse("no [section] precedes it");
    const name = isNested ? `${parent.key}.${key}` : key;
    if (section.has(name)) throw refuse("its key is already set in this section");
    section.set(name, value);
    if (!isNested) parent = { key, value, indent };
  }
  return found;
}

const HEADER = /^\[([^\]]*)\](?:\s*[#;].*)?$/;
const PROPERTY = /^([^=:]*[^=:\s])\s*[=:]\s*(.*)$/;

function parseProperty(line: string, refuse: (problem: string) => ProviderError) {
  const [, name, text = ""] = PROPERTY.exec(line) ?? [];
  if (name === undefined) throw refuse("it is neither a [section], a key with a value, nor a comment");
  const key = name.toLowerCase();
  const value = text.replace(/(?:^|\s+)[#;].*$/, "");
  // In a command, quotes delimit words.
  return { key, value: key === "credential_process" ? value : value.replace(/^(["'])(.+)\1$/, "$2") };
}

/** Returns the section that the header opens. A repeated section is merged; a section of another type is parsed and dropped. */
function selectSection(
  header: string,
  kind: FileKind,
  {
    profiles,
    services,
  }: { profiles: Map<string, Map<string, string>>; services: Map<string, Map<string, string>> },
  refuse: (problem: string) => ProviderError,
): Map<string, string> {
  const [, type, name = ""] = /^\s*(?:(\S+)\s+)?(.*?)\s*$/.exec(header) ?? [];
  const unquoted = name.replace(/^(["'])(.+)\1$/, "$2");
  const whole = header.trim();
  if (whole === "default" || (kind === "config" && type === "profile" && unquoted === "default"))
    return getOrAddSection("default", profiles);
  if (/^(?:profile\s*)?["']?default["']?$/i.test(whole))
    throw refuse("the section of the default profile must be [default]");
  if (kind === "credentials") return type === "profile" ? new Map() : getOrAddSection(whole, profiles);
  if (type === "profile") return getOrAddSection(unquoted, profiles);
  return type === "services" ? getOrAddSection(unquoted, services) : new Map();
}

function getOrAddSection(name: string, sections: Map<string, Map<string, string>>): Map<string, string> {
  const section = sections.get(name) ?? new Map<string, string>();
  sections.set(name, section);
  return section;
}
