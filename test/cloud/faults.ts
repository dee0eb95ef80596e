/** Everything that can go wrong with an exchange, and the list of what is to go wrong next. */

export type Fault =
  /** Answers this instead; without `body` the vendor's own error of that status. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Accepts and never answers. */
  | { readonly kind: "hang" }
  /** The right answer, one byte at a time, each after `every` milliseconds (1000). */
  | { readonly kind: "drip"; readonly every?: number }
  /** RST before anything is answered; for a TLS service already after CONNECT, before the handshake. */
  | { readonly kind: "refuse" }
  /** The head and half of the right body, then RST. */
  | { readonly kind: "reset" }
  /** The head and half of the right body, then a clean end. */
  | { readonly kind: "truncated" }
  /** To the attacker's host, same path; `to` for another place. */
  | { readonly kind: "redirect"; readonly status: 301 | 302 | 303 | 307 | 308; readonly to?: string }
  /** 200 with a portal's page. */
  | { readonly kind: "html" }
  /** The right answer, broken at its end: secrets inside, no parser accepts it. */
  | { readonly kind: "broken-json" }
  /** The right status with no body. */
  | { readonly kind: "empty" }
  /** 200 and a body of `bytes` bytes; without it the body never ends. */
  | { readonly kind: "endless"; readonly bytes?: number }
  /** The right body under another content type. */
  | { readonly kind: "content-type"; readonly type: string }
  /** The right answer after so long. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Issued tokens have already expired. */
  | { readonly kind: "expired" }
  /** Issued tokens belong to another identity. */
  | { readonly kind: "swapped" }
  /** The right answer, changed by the test. */
  | { readonly kind: "change"; readonly change: (body: string) => string }
  /** The service's clock is off by so much; it says so in its Date header. */
  | { readonly kind: "skew"; readonly ms: number }
  /** TLS: a certificate of an untrusted authority, for another name, or expired. */
  | { readonly kind: "untrusted-ca" }
  | { readonly kind: "wrong-name" }
  | { readonly kind: "expired-certificate" };

export type FaultKind = Fault["kind"];

/** Faults of the connection, not of one request: they hit a TLS service as a whole, whatever the step. */
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

  /** Faults that hit this request; each counts down. */
  request(service: string, step: string, tls: boolean): readonly Fault[] {
    const where = [`${service}/${step}`, `${service}/*`, service];
    return this.#take((rule) => where.includes(rule.where) && !(tls && CONNECTION.has(rule.fault.kind)));
  }

  /** The fault that hits this TLS connection, if any. */
  connection(service: string): Fault | undefined {
    const meant = (rule: Rule) => rule.where.split("/")[0] === service && CONNECTION.has(rule.fault.kind);
    return this.#take(meant)[0];
  }

  #take(meant: (rule: Rule) => boolean): readonly Fault[] {
    const hit = this.#rules.filter((rule) => rule.left > 0 && meant(rule));
    for (const rule of hit) rule.left -= 1;
    return hit.map((rule) => rule.fault);
  }
}
