import { inspect } from "node:util";

/** A string that cannot be printed by accident: every way of turning it into text masks it, but `expose()`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The one way out. Called where a header, a body or the answer is built, and nowhere else. */
  expose(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
