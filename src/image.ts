import { ProviderError } from "./errors.ts";

declare const validated: unique symbol;

/** A DNS name, whole and plain: no port, user info, trailing dot or escape. Only `parseImage` makes one. */
export interface RegistryHost {
  readonly [validated]: true;
  /** As the image spells it, byte for byte: the key of the answer, since the kubelet compares letter by letter. */
  readonly spelled: string;
  /** In lower case: what everything else reads. */
  readonly name: string;
  readonly labels: readonly string[];
}

export interface ImageReference {
  readonly host: RegistryHost;
  readonly repository: string;
}

/** Printable ASCII without blanks; an image name of the kubelet never has anything else. */
const PRINTABLE = /^[\x21-\x7e]+$/;
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
/** RFC 1035 §2.3.4, in bytes. */
const MAX_LABEL = 63;
const MAX_HOST = 253;

/**
 * Cuts the raw string at the first `/` before any URL parser can reinterpret it.
 *
 * @returns undefined where what stands before it is not a plain DNS name: nobody's registry here.
 * @throws ProviderError `image-malformed` where the string as a whole cannot be an image name.
 */
export function parseImage(image: string): ImageReference | undefined {
  if (!PRINTABLE.test(image)) throw new ProviderError("image-malformed");
  const slash = image.indexOf("/");
  const spelled = slash < 0 ? image : image.slice(0, slash);
  const host = parseHost(spelled);
  return host && { host, repository: slash < 0 ? "" : image.slice(slash + 1) };
}

function parseHost(spelled: string): RegistryHost | undefined {
  if (spelled.length > MAX_HOST) return undefined;
  const name = spelled.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const labels = name.split(".");
  if (!labels.every((label) => label.length <= MAX_LABEL && LABEL.test(label))) return undefined;
  return { spelled, name, labels } as RegistryHost;
}
