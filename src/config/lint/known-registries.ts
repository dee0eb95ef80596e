import type { ListNames, RegistryHost } from "../../core/image-reference.ts";
import type { Section } from "../policy.ts";

/** The facts about a family of registries that the lints of rules need. `registries/resolve-target.ts` creates them. */
export interface KnownRegistries {
  /** The section of a rule that is for the family. */
  readonly section: Section;
  /** Patterns that together match all hosts of the family, and perhaps others. */
  readonly matchImages: readonly string[];
  readonly isOwn: (host: RegistryHost) => boolean;
  readonly listNames: ListNames;
}
