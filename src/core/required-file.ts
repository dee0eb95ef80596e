import { ProviderError } from "../errors/provider-error.ts";
import { NOT_SHOWN, showValue } from "../errors/show-value.ts";
import { ABSOLUTE_PATH } from "./run-options.ts";
import type { FileSafety, Files } from "./world.ts";

/** Bytes; the same limit as for a token in a request. */
const TOKEN_LIMIT = 64 * 1024;

/**
 * Reads a file that a setting names. Errors of the file name the setting too.
 *
 * @param limit bytes
 * @param setting the variable or key that names the file
 * @returns undefined only if the path does not exist
 * @throws ProviderError as `Files.readFile`
 */
export function readConfiguredFile(
  path: string,
  limit: number,
  safety: FileSafety,
  files: Pick<Files, "readFile">,
  setting: string,
): Promise<string | undefined> {
  return files.readFile(path, limit, safety).catch((error: unknown) => {
    if (!(error instanceof ProviderError)) throw error;
    throw new ProviderError(error.code, { ...error.facts, detail: `${setting}: ${error.facts.detail}` });
  });
}

/**
 * Reads a file that a setting names, and that must exist.
 *
 * @throws ProviderError `referenced-file-missing`, `environment-invalid` if the path is relative (the schema refuses that in a rule), and as `Files.readFile`
 */
export async function readRequiredFile(
  path: string,
  limit: number,
  safety: FileSafety,
  files: Files,
  setting: string,
): Promise<string> {
  if (!ABSOLUTE_PATH.test(path))
    throw new ProviderError("environment-invalid", {
      detail: `${setting} is not an absolute path ${NOT_SHOWN}`,
    });
  const text = await readConfiguredFile(path, limit, safety, files, setting);
  if (text !== undefined) return text;
  throw new ProviderError("referenced-file-missing", {
    detail: `${setting}: ${showValue("path", path)}: it does not exist`,
  });
}

/** Reads a token file. Its token is replaced before it expires, so no token is cached between runs. */
export function readTokenFile(path: string, files: Files, setting: string): Promise<string> {
  return readRequiredFile(path, TOKEN_LIMIT, "unwritable", files, setting);
}
