import type { ListNames, RegistryHost } from "../core/image-reference.ts";
import type { LoginCache, LoginResult } from "../core/login.ts";
import type { World } from "../core/world.ts";
import type { LoginContext } from "../identities/identity.ts";

export type FamilyName = "ecr" | "ecr-public" | "artifact-registry" | "acr";

/**
 * One kind of registry. Adding one is a file that exports this and a line in `index.ts`; the contract test then fails
 * until it has a row of sample images.
 */
export interface RegistryFamily {
  readonly name: FamilyName;
  /** Kubelet `matchImages` patterns (only `*`, one label each): the sample configurations are made from them. */
  readonly matchImages: readonly string[];
  /** Recognises the host, or says it is not ours. Pure: no I/O, no clock, no environment. */
  match(host: RegistryHost): Registry | undefined;
  /** Lists all names under which one registry serves its images. A rule for one name applies to all. */
  readonly listNames: ListNames;
}

/** What a host says of its registry; vectors, messages and endpoints come from it. */
export interface Coordinates {
  readonly account?: string;
  readonly region?: string;
  /** AWS partition, Google universe domain or Azure cloud. */
  readonly partition: string;
  /** Where the login for this host is asked for: an origin and a fixed path, never a part of the image's path. */
  readonly endpoint: string;
}

/** A registry that this program can log in to, bound to the host of one image. */
export interface Registry {
  /** `static`: any host's, by a rule. */
  readonly family: FamilyName | "static";
  readonly host: RegistryHost;
  readonly coordinates: Coordinates;
  /** That of its family; absent if the host is the registry's only name. */
  readonly listNames?: ListNames;
  /**
   * Decides who asks, and then exchanges that identity for a login, or has it from `logins`. Throws ProviderError; never puts
   * another identity in its place.
   */
  login(asker: LoginContext, world: World, logins: LoginCache): Promise<LoginResult>;
}
