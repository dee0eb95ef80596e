import type { Section } from "../config/policy.ts";
import type { ListNames, RegistryHost } from "../core/image-reference.ts";
import type { PreparedLogin } from "../core/login.ts";
import type { Milliseconds } from "../core/time.ts";
import type { ErrorCode } from "../errors/provider-error.ts";
import type { LoginContext } from "../identities/identity.ts";

/**
 * A kind of registry. To add a family:
 *
 * 1. Write a file in this folder that exports a `RegistryFamily`, and list it in `FAMILIES` of `index.ts`.
 * 2. Give it a name in `FamilyName`.
 * 3. Add sample images in `test/registries/contract.test.ts`, hosts in `scripts/generate/host-vectors/`, and the family in
 *    `scripts/generate/config-samples.ts`. The compiler and the tests name what is missing.
 *
 * A family of a cloud that is not supported yet also needs a section of rules (`config/schema.ts`, `SECTIONS` in
 * `config/policy.ts`), an identity in `identities/` and a client in `clouds/`.
 */
export interface RegistryFamily {
  readonly name: FamilyName;
  /** The settings of a rule that apply to the family. */
  readonly section: Section;
  /** `matchImages` patterns of the kubelet (only `*`, one per label), for the sample configurations. */
  readonly matchImages: readonly string[];
  /** Recognises a host; undefined: not of this family. Pure: no I/O, no clock, no environment. */
  match(host: RegistryHost): Registry | undefined;
  /** Lists all names under which one registry serves its images. A rule for one name applies to all. */
  readonly listNames: ListNames;
}

export type FamilyName = "ecr" | "ecr-public" | "artifact-registry" | "acr";

/** The properties of a registry that its host name contains. */
export interface Coordinates {
  readonly account?: string;
  readonly region?: string;
  /** AWS partition, Google universe domain or Azure cloud. */
  readonly partition: string;
  /** The URL that the login is requested from: an origin and a fixed path, without any part of the image's path. */
  readonly endpoint: string;
}

/** The registry of one image's host. */
export interface Registry {
  /** `static`: any host, through a rule with a static login. */
  readonly family: FamilyName | "static";
  readonly section: Section;
  readonly host: RegistryHost;
  readonly coordinates: Coordinates;
  /** The family's; absent if the host is the registry's only name. */
  readonly listNames?: ListNames;
  /**
   * Decides which identity requests the login, and refuses it if rule or pod do not allow that. No I/O.
   *
   * @throws ProviderError; never falls back to another identity
   */
  prepareLogin(context: LoginContext): PreparedLogin;
  /**
   * Returns for how long the kubelet may cache the login; 0: not at all.
   *
   * @param expiresAt wall clock; undefined if unknown
   * @throws ProviderError `token-expired`
   */
  cacheDuration(expiresAt: Milliseconds | undefined, now: Milliseconds): Milliseconds;
  /** Failures after which the image is pulled without a login; absent: none. */
  readonly anonymousFallback?: AnonymousFallback;
}

export interface AnonymousFallback {
  readonly errorCodes: ReadonlySet<ErrorCode>;
  readonly cacheDuration: Milliseconds;
}
