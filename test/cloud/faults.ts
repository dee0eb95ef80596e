/** The faults of an exchange, and the queue of faults to apply next. */

export type Fault =
  /** Answers with this status. Without `body`, in the vendor's error format. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Accepts the request and never responds. */
  | { readonly kind: "hang" }
  /** Sends the correct response one byte at a time, one every `every` milliseconds (default 1000). */
  | { readonly kind: "drip"; readonly every?: number }
  /** Resets the connection before the response; for a TLS service after CONNECT, before the handshake. */
  | { readonly kind: "refuse" }
  /** Sends the head and half of the correct body, then resets the connection. */
  | { readonly kind: "reset" }
  /** Sends the head and half of the correct body, then closes the connection. */
  | { readonly kind: "truncated" }
  /** Redirects to the same path on the attacker's host, or to `to`. */
  | { readonly kind: "redirect"; readonly status: 301 | 302 | 303 | 307 | 308; readonly to?: string }
  /** Answers 200 with the page of a captive portal. */
  | { readonly kind: "html" }
  /** Sends the correct body, broken at its end: it contains secrets, and no parser accepts it. */
  | { readonly kind: "broken-json" }
  /** Sends the correct status with an empty body. */
  | { readonly kind: "empty" }
  /** Answers 200 with a body of `bytes` bytes; endless by default. */
  | { readonly kind: "endless"; readonly bytes?: number }
  /** Sends the correct body with another content type. */
  | { readonly kind: "content-type"; readonly type: string }
  /** Delays the correct response. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Issued tokens have already expired. */
  | { readonly kind: "expired" }
  /** Issued tokens belong to another identity. */
  | { readonly kind: "swapped" }
  /** Sends the response as the test changes it. */
  | { readonly kind: "change"; readonly change: (body: string) => string }
  /** Shifts the service's clock, which its Date header shows. */
  | { readonly kind: "skew"; readonly ms: number }
  /** TLS: a certificate of an untrusted authority, for another name, or expired. */
  | { readonly kind: "untrusted-ca" }
  | { readonly kind: "wrong-name" }
  | { readonly kind: "expired-certificate" };

export type FaultKind = Fault["kind"];

/** Faults of a connection, not of a request: they apply to a TLS service as a whole, for every step. */
const CONNECTION: ReadonlySet<FaultKind> = new Set([
  "refuse",
  "untrusted-ca",
  "wrong-name",
  "expired-certificate",
]);

interface Rule {
  readonly where: string;
  readonly fault: Fault;
  left: number;
}

export class Faults {
  #rules: Rule[] = [];

  add(where: string, fault: Fault, times: number): void {
    this.#rules.push({ where, fault, left: times });
  }

  clear(): void {
    this.#rules = [];
  }

  /** Takes the faults for this request. Each one counts down. */
  request(service: string, step: string, tls: boolean): readonly Fault[] {
    const where = [`${service}/${step}`, `${service}/*`, service];
    return this.#take((rule) => where.includes(rule.where) && !(tls && CONNECTION.has(rule.fault.kind)));
  }

  /** Takes the fault for this TLS connection, if any. */
  connection(service: string): Fault | undefined {
    const isMeant = (rule: Rule) => rule.where.split("/")[0] === service && CONNECTION.has(rule.fault.kind);
    return this.#take(isMeant)[0];
  }

  #take(meant: (rule: Rule) => boolean): readonly Fault[] {
    const hit = this.#rules.filter((rule) => rule.left > 0 && meant(rule));
    for (const rule of hit) rule.left -= 1;
    return hit.map((rule) => rule.fault);
  }
}
