import { ProviderError } from "../errors/provider-error.ts";

/** Printable ASCII without blanks; an image name of the kubelet never has anything else. */
const PRINTABLE = /^[\x21-\x7e]+$/;
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const PORT = /^:[0-9]{1,5}$/;
/** A segment of a repository (distribution specification, "Pulling manifests"). */
const SEGMENT = /^[a-z0-9]+([._-]+[a-z0-9]+)*$/;
/** RFC 1035 §2.3.4, in bytes. */
const MAX_LABEL = 63;
const MAX_HOST = 253;

/** A DNS name, whole and plain, with a port or without: no user info, trailing dot or escape. Only `parse` makes one. */
export class RegistryHost {
  /** As the image spells it, byte for byte: the key of the answer, since the kubelet compares letter by letter. */
  readonly spelled: string;
  /** In lower case: what everything else reads. A port stays on it, so that no name without one is equal to it. */
  readonly name: string;
  readonly labels: readonly string[];

  private constructor(spelled: string, name: string) {
    this.spelled = spelled;
    this.name = name;
    this.labels = name.split(".");
  }

  /** @returns undefined where the text is anything but a plain DNS name. */
  static parse(spelled: string): RegistryHost | undefined {
    // Few have a capital, and for a replacement of all V8 makes machine code of the pattern.
    const name = /^[^A-Z]*$/.test(spelled)
      ? spelled
      : spelled.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const colon = name.indexOf(":");
    const host = colon < 0 ? name : name.slice(0, colon);
    if (host.length > MAX_HOST || (colon >= 0 && !PORT.test(name.slice(colon)))) return undefined;
    const plain = host.split(".").every((label) => label.length <= MAX_LABEL && LABEL.test(label));
    return plain ? new RegistryHost(spelled, name) : undefined;
  }
}

/** An image under one of the names of its registry. */
export interface ImageAlias {
  readonly host: { readonly name: string };
  readonly repository: string;
  /** Of the repository; undefined where it is none that a registry could have, such as one with `..` in it. */
  readonly segments: readonly string[] | undefined;
}

/** An image under the name that the request or a mirror gives it. */
export interface ImageReference extends ImageAlias {
  readonly host: RegistryHost;
}

/** A name under which a registry serves its images. Most registries have several. */
export interface RegistryName {
  /** In lower case, with its port. With a `*`, which stands for any characters of a label, it is a set of names. */
  readonly host: string;
  /** Returns an image's path under this name, undefined if the image does not have the name. Absent: the path is the same. */
  readonly translatePath?: (segments: readonly string[]) => readonly string[] | undefined;
  /** Whether only some of the registry's images have this name. */
  readonly isPartial?: true;
}

/** Returns all names of the registry with a given name, which may hold a `*`; none if the name is not of the family. */
export type ListNames = (name: string) => readonly RegistryName[];

/** Returns the image under each of the names. */
export function translateImage(
  { repository, segments }: ImageAlias,
  names: readonly RegistryName[],
): readonly ImageAlias[] {
  return names.flatMap(({ host: name, translatePath }): readonly ImageAlias[] => {
    if (translatePath === undefined || segments === undefined)
      return [{ host: { name }, repository, segments }];
    const translated = translatePath(segments);
    return translated === undefined
      ? []
      : [{ host: { name }, repository: translated.join("/"), segments: translated }];
  });
}

/**
 * Cuts the raw string at the first `/` before any URL parser can reinterpret it.
 *
 * @returns undefined where what stands before it is not a plain DNS name: nobody's registry here.
 * @throws ProviderError `image-malformed` where the string as a whole cannot be an image name.
 */
export function parseImageReference(image: string): ImageReference | undefined {
  if (!PRINTABLE.test(image)) throw new ProviderError("image-malformed");
  const slash = image.indexOf("/");
  const spelled = slash < 0 ? image : image.slice(0, slash);
  const host = RegistryHost.parse(spelled);
  return host && createImageReference(host, slash < 0 ? "" : image.slice(slash + 1));
}

export function createImageReference(host: RegistryHost, repository: string): ImageReference {
  // The kubelet sends neither tag nor digest; people who try an image by hand do.
  const segments = repository.replace(/(:[\w.-]+)?(@[\w:.+-]+)?$/, "").split("/");
  return { host, repository, segments: segments.every((one) => SEGMENT.test(one)) ? segments : undefined };
}
