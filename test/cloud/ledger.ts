/** Every secret that the fake cloud holds or has issued, so that a test can look for each of them anywhere. */
import { createHash } from "node:crypto";

export class Ledger {
  readonly #prefix: string;
  readonly #canaries = new Set<string>();
  #count = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get canaries(): string[] {
    return [...this.#canaries];
  }

  /** A new secret of this kind; the same ones in the same order on every run. */
  secret(kind: string, length = 32): string {
    return this.keep(`${this.#prefix}-${kind}-${this.digits(length)}`);
  }

  /** Returns new letters and digits that cannot be guessed from earlier ones; not a secret by themselves. */
  digits(length: number): string {
    this.#count += 1;
    const seed = createHash("sha512").update(`${this.#prefix}:${this.#count}`).digest("base64");
    return seed
      .replace(/[^a-zA-Z0-9]/g, "")
      .slice(0, length)
      .toUpperCase();
  }

  /** Remembers a secret, as it is and in base64. */
  keep(secret: string): string {
    this.#canaries.add(secret);
    this.#canaries.add(Buffer.from(secret).toString("base64"));
    return secret;
  }

  /** Remembers a JWT: whole, and its signature, which no other token shares. */
  keepJwt(token: string): string {
    const signature = token.split(".")[2];
    if (signature) this.keep(signature);
    return this.keep(token);
  }
}
