/** Records every secret that the fake cloud has or has issued, so that a test can search for each of them. */
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

  /** Returns a new secret of this kind. Each run returns the same secrets in the same order. */
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

  /** Records a secret, plain and in base64. */
  keep(secret: string): string {
    this.#canaries.add(secret);
    this.#canaries.add(Buffer.from(secret).toString("base64"));
    return secret;
  }

  /** Records a JWT as a whole, and its signature, which is unique to it. */
  keepJwt(token: string): string {
    const signature = token.split(".")[2];
    if (signature) this.keep(signature);
    return this.keep(token);
  }
}
