import { ProviderError } from "./errors.ts";

/** Printable ASCII without blanks; an image name of the kubelet never has anything else. */
const PRINTABLE = /^[\x21-\x7e]+$/;
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
/** RFC 1035 §2.3.4, in bytes. */
const MAX_LABEL = 63;
const MAX_HOST = 253;

/** A DNS name, whole and plain: no port, user info, trailing dot or escape. Only `RegistryHost.parse` makes one. */
export class RegistryHost {
  /** As the image spells it, byte for byte: the key of the answer, since the kubelet compares letter by letter. */
  readonly spelled: string;
  /** In lower case: what everything else reads. */
  readonly name: string;
  readonly labels: readonly string[];

  private constructor(spelled: string, name: string, labels: readonly string[]) {
    this.spelled = spelled;
    this.name = name;
    this.labels = labels;
  }

  /** @returns undefined where the text is anything but a plain DNS name. */
  static parse(spelled: string): RegistryHost | undefined {
    if (spelled.length > MAX_HOST) return undefined;
    const name = spelled.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const labels = name.split(".");
    const plain = labels.every((label) => label.length <= MAX_LABEL && LABEL.test(label));
    return plain ? new RegistryHost(spelled, name, labels) : undefined;
  }
}

export interface ImageReference {
  readonly host: RegistryHost;
  readonly repository: string;
}

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
  const host = RegistryHost.parse(spelled);
  return host && { host, repository: slash < 0 ? "" : image.slice(slash + 1) };
}
