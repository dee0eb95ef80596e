import type { ListNames, RegistryHost } from "../../core/image-reference.ts";
import type { Section } from "../policy.ts";

/** What is to be known of a family of registries to judge a rule for it; `target.ts` makes it of the families. */
export interface KnownRegistries {
  /** Which settings of a rule are for it. */
  readonly section: Section;
  /** Patterns that each of its hosts is of. */
  readonly matchImages: readonly string[];
  readonly isOwn: (host: RegistryHost) => boolean;
  readonly listNames: ListNames;
}
