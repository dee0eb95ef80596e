import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";

/** Values by key in lower case. The name of a nested key begins with its parent's: `ecr.endpoint_url`. */
export type SharedFileSection = ReadonlyMap<string, string>;

/** The sections that this program reads of a shared file, by name. */
export interface SharedFileSections {
  readonly profiles: ReadonlyMap<string, SharedFileSection>;
  readonly services: ReadonlyMap<string, SharedFileSection>;
}

export type SharedFileKind = "config" | "credentials";

/**
 * Parses a shared file as AWS's SDK for Go (`internal/ini`) and botocore (`configloader.py`) do: keys in any case, `=` or `:`,
 * comments from `#` or `;`, nested keys by indentation. A file that those two read differently, or of which they silently
 * skip a line, is refused, because a skipped key could select another identity. The SDK for JavaScript is not a model: it
 * treats a file that it cannot parse as empty.
 *
 * @throws ProviderError `aws-file-malformed`, which quotes no line: it may hold a secret
 */
export function parseSharedFile(text: string, path: string, kind: SharedFileKind): SharedFileSections {
  const found = {
    profiles: new Map<string, Map<string, string>>(),
    services: new Map<string, Map<string, string>>(),
  };
  let section: OpenSection | undefined;
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
    const { values, isIgnored } = section;
    const name = isNested ? `${parent.key}.${key}` : key;
    if (isIgnored && isCredentialKey(name))
      throw refuse(`AWS's tools ignore its section; ${PROFILE_HEADERS[kind]}`);
    if (values.has(name)) throw refuse("its key is already set in this section");
    values.set(name, value);
    if (!isNested) parent = { key, value, indent };
  }
  return found;
}

/** The section that a header opened. */
interface OpenSection {
  readonly values: Map<string, string>;
  /** AWS's tools ignore the section, although it may be meant as a profile. */
  readonly isIgnored?: true;
}

const PROFILE_HEADERS: Readonly<Record<SharedFileKind, string>> = {
  config: "a profile of the config file is [default] or [profile NAME]",
  credentials: "a profile of the credentials file is [NAME]",
};

/** Sections of the config file that are no profiles, but have keys that look like credentials (AWS CLI User Guide). */
const OTHER_SECTION = /^(?:sso-session\s|plugins$|preview$)/;

const CREDENTIAL_KEY = /key|secret|token|credential|password|role|sso|login|source_profile/;

/**
 * Reports whether a key looks like a credential key, even if AWS's tools do not know it. A section with such a key is used or
 * refused: skipping it because of a misspelt key or header would silently select another identity, such as the instance's role.
 */
export function isCredentialKey(key: string): boolean {
  return CREDENTIAL_KEY.test(key);
}

/** A section header. It contains no comment, as in the SDK for Go. */
const HEADER = /^\[([^\]#;]*)\](?:\s*[#;].*)?$/;
const PROPERTY = /^([^=:]*[^=:\s])\s*[=:]\s*(.*)$/;

function parseProperty(line: string, refuse: (problem: string) => ProviderError) {
  const [, name, text = ""] = PROPERTY.exec(line) ?? [];
  const neither = "it is neither a [section], a key with a value, nor a comment";
  if (line.startsWith("["))
    throw refuse(`${neither}: only a comment may follow the ], and the name contains no # or ;`);
  if (name === undefined) throw refuse(neither);
  // `role_arn arn:aws:…`: the first separator is a part of the value.
  if (/\s/.test(name)) throw refuse("its key contains a blank: = or : must follow the key");
  const key = name.toLowerCase();
  const comment = text.search(/(?:^|\s)[#;]/);
  const value = comment < 0 ? text : text.slice(0, comment).trimEnd();
  // In a command, quotes delimit words.
  return { key, value: key === "credential_process" ? value : removeQuotes(value) };
}

function removeQuotes(text: string): string {
  return text.replace(/^(["'])(.+)\1$/, "$2");
}

/** Opens the section of a header. A repeated section is merged; a section of another type is parsed and dropped. */
function selectSection(
  header: string,
  kind: SharedFileKind,
  {
    profiles,
    services,
  }: { profiles: Map<string, Map<string, string>>; services: Map<string, Map<string, string>> },
  refuse: (problem: string) => ProviderError,
): OpenSection {
  const whole = header.trim();
  const [, type, name = ""] = /^(?:(\S+)\s+)?(.*)$/.exec(whole) ?? [];
  const unquoted = removeQuotes(name);
  if (whole === "default" || (kind === "config" && type === "profile" && unquoted === "default"))
    return { values: getOrAddSection("default", profiles) };
  if (MISSPELT_DEFAULT.test(whole)) throw refuse("the section of the default profile must be [default]");
  if (kind === "credentials")
    return type === "profile"
      ? { values: new Map(), isIgnored: true }
      : { values: getOrAddSection(whole, profiles) };
  if (type === "profile") return { values: getOrAddSection(unquoted, profiles) };
  if (type === "services") return { values: getOrAddSection(unquoted, services) };
  return OTHER_SECTION.test(whole) ? { values: new Map() } : { values: new Map(), isIgnored: true };
}

/** `[Default]`, `[profile: default]`, `[default (main)]`; not `[default-old]`. */
const MISSPELT_DEFAULT = /^(?:profiles?)?\W*default\W*(?:\s.*)?$/i;

function getOrAddSection(name: string, sections: Map<string, Map<string, string>>): Map<string, string> {
  const section = sections.get(name) ?? new Map<string, string>();
  sections.set(name, section);
  return section;
}
