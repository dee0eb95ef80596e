import { ProviderError } from "../errors/provider-error.ts";

/** Printable ASCII without blanks. Image names of the kubelet contain nothing else. */
const PRINTABLE = /^[\x21-\x7e]+$/;
const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const PORT = /^:[0-9]{1,5}$/;
/** A segment of a repository (distribution specification, "Pulling manifests"). */
const SEGMENT = /^[a-z0-9]+([._-]+[a-z0-9]+)*$/;
/** RFC 1035 §2.3.4, in bytes. */
const MAX_LABEL = 63;
const MAX_HOST = 253;

/** A validated DNS name, with or without a port; no user info, trailing dot or escape. Only `parse` creates one. */
export class RegistryHost {
  /** Spelled as in the image: the key of the response, which the kubelet compares byte by byte. */
  readonly spelled: string;
  /** In lower case, for all comparisons. It includes the port, so that a name with a port never equals one without. */
  readonly name: string;
  readonly labels: readonly string[];

  private constructor(spelled: string, name: string) {
    this.spelled = spelled;
    this.name = name;
    this.labels = name.split(".");
  }

  /** @returns undefined if the text is not a DNS name */
  static parse(spelled: string): RegistryHost | undefined {
    // perf: few hosts have capitals, and V8 compiles the pattern of a global replacement to machine code.
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

/** An image under one name of its registry. */
export interface ImageAlias {
  readonly host: { readonly name: string };
  readonly repository: string;
  /** The segments of the repository; undefined if no registry can have it, such as a path with `..`. */
  readonly segments: readonly string[] | undefined;
}

/** An image under the name in the request, or the name at a mirror. */
export interface ImageReference extends ImageAlias {
  readonly host: RegistryHost;
}

/** A host name of a registry. Most registries have several. */
export interface RegistryName {
  /** In lower case, with its port. A name with a `*`, which matches any characters of a label, stands for several names. */
  readonly host: string;
  /** Returns an image's path under this name; undefined: the image does not have this name. Absent: the path is the same. */
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
 * Parses an image. The host is everything before the first `/` of the raw string, which no URL parser can reinterpret.
 *
 * @returns undefined if the host is not a DNS name, and so not a supported registry
 * @throws ProviderError `image-malformed` if the string cannot be an image name
 */
export function parseImageReference(image: string): ImageReference | undefined {
  if (!PRINTABLE.test(image)) throw new ProviderError("image-malformed");
  const slash = image.indexOf("/");
  const spelled = slash < 0 ? image : image.slice(0, slash);
  const host = RegistryHost.parse(spelled);
  return host && createImageReference(host, slash < 0 ? "" : image.slice(slash + 1));
}

export function createImageReference(host: RegistryHost, repository: string): ImageReference {
  // The kubelet sends no tag or digest; a test by hand may.
  const segments = repository.replace(/(:[\w.-]+)?(@[\w:.+-]+)?$/, "").split("/");
  return { host, repository, segments: segments.every((one) => SEGMENT.test(one)) ? segments : undefined };
}
