import type { Milliseconds } from "../core/time.ts";
import type { HttpResponse } from "../core/world.ts";
import type { Stage } from "../errors/provider-error.ts";

/** A place that one login may reach. Everything else is refused before a name is looked up. */
export interface Destination {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Metadata is on the node: short limits, plain http allowed, never through a proxy. */
  readonly kind: "metadata" | "token";
  readonly stage: Stage;
  /** Its answers say `text/html` of plain text: only what looks like a web page is taken for one. */
  readonly ignoreHtmlContentType?: boolean;
  /** The path is a capability: messages show the origin only. */
  readonly secretPath?: boolean;
  /**
   * How long from the first try this answer may be tried again; 0 takes it as it is, `throttled` is as good as 429.
   * Undefined leaves the common rule: 408 and 5xx for `failureRetryWindow`.
   */
  readonly retryWindow?: (response: HttpResponse) => Milliseconds | "throttled" | undefined;
}
