/** AWS roles and keys: who holds which key, until when, and what it may do. */
import type { Asked } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";
import type { AwsOptions, AwsRole } from "./options.ts";

export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Undefined for a user's long-lived key. */
  readonly sessionToken: string | undefined;
  readonly expires: number;
  readonly role: string;
  readonly partition: string;
}

const EVERYTHING: AwsRole = { permissions: ["*"] };

export class Iam {
  readonly options: AwsOptions;
  readonly #ledger: Ledger;
  readonly #keys = new Map<string, AwsKey>();
  readonly #roles: Map<string, AwsRole>;
  /** A user's long-lived key that may do everything, for environment and file tests. */
  readonly userKey: AwsKey;

  constructor(options: AwsOptions, ledger: Ledger) {
    this.options = options;
    this.#ledger = ledger;
    this.#roles = new Map(Object.entries(options.roles));
    for (const name of [options.nodeRole ?? "node-role", "user", "swapped"]) {
      if (!this.#roles.has(name)) this.#roles.set(name, EVERYTHING);
    }
    this.userKey = this.#issue("user", "AKIA", undefined, Number.POSITIVE_INFINITY);
  }

  key(accessKeyId: string): AwsKey | undefined {
    return this.#keys.get(accessKeyId);
  }

  role(name: string): AwsRole | undefined {
    return this.#roles.get(name);
  }

  arn(name: string): string {
    const account = this.#roles.get(name)?.account ?? this.options.account;
    return `arn:${this.options.partition}:iam::${account}:role/${name}`;
  }

  /** The role's name, where the ARN is exactly that of a role that exists. */
  named(arn: string): string | undefined {
    return [...this.#roles.keys()].find((name) => this.arn(name) === arn);
  }

  may(key: AwsKey, action: string): boolean {
    const permissions = this.#roles.get(key.role)?.permissions ?? [];
    return permissions.includes("*") || permissions.includes(action);
  }

  /** Temporary keys of a role, as long-lived as asked; bent ones are over, or another role's. */
  temporary(role: string, asked: Asked, life = this.options.keyLife): AwsKey {
    const expires = asked.bend === "expired" ? asked.now - 60_000 : asked.now + life;
    return this.#issue(
      asked.bend === "swapped" ? "swapped" : role,
      "ASIA",
      this.#ledger.secret("aws-session", 64),
      expires,
    );
  }

  #issue(role: string, kind: string, sessionToken: string | undefined, expires: number): AwsKey {
    const key: AwsKey = {
      accessKeyId: this.#ledger.keep(`${kind}${this.#ledger.digits(16)}`),
      secretAccessKey: this.#ledger.secret("aws-secret", 24),
      sessionToken,
      expires,
      role,
      partition: this.options.partition,
    };
    this.#keys.set(key.accessKeyId, key);
    return key;
  }
}

/** As AWS prints times: no milliseconds. */
export const awsTime = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
