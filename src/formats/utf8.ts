import { hasErrorCode } from "../errors/provider-error.ts";

/** Decodes UTF-8, and keeps a byte order mark. Returns undefined for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!hasErrorCode(error, "ERR_ENCODING_INVALID_ENCODED_DATA")) throw error;
    return undefined;
  }
}
