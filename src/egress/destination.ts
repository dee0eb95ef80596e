import type { Milliseconds } from "../core/time.ts";
import type { HttpResponse } from "../core/world.ts";
import type { Stage } from "../errors/provider-error.ts";

/** A service that one login may reach. A request to any other origin is refused before its host name is resolved. */
export interface Destination {
  /** Scheme, host and port. */
  readonly origin: string;
  /** A metadata service is on the node: it has shorter timeouts, may use plain HTTP, and is never reached through a proxy. */
  readonly kind: "metadata" | "token";
  readonly stage: Stage;
  /** The service labels plain text as `text/html`, so only the body shows whether a response is a web page. */
  readonly ignoreHtmlContentType?: boolean;
  /** A failed request is not retried. */
  readonly withoutRetries?: boolean;
  /** The path is a secret: messages show only the origin. */
  readonly secretPath?: boolean;
  /**
   * Returns how long after the first attempt this response may be retried: 0 accepts it; `throttled` treats it as a 429;
   * undefined leaves the default, which retries 408 and 5xx for `failureRetryWindow`.
   */
  readonly retryWindow?: (response: HttpResponse) => Milliseconds | "throttled" | undefined;
}
