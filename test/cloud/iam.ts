/** AWS roles and keys: the holder of each key, its expiry and permissions. */
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
  /** The name of the session, as CloudTrail shows it. */
  readonly session: string;
  readonly partition: string;
}

/** The session name that EC2 uses for an instance. */
const INSTANCE = "i-0123456789";

/** The usual audience of tokens for STS. */
export const STS_AUDIENCE = "sts.amazonaws.com";

const EVERYTHING: AwsRole = { permissions: ["*"] };

export class Iam {
  readonly options: AwsOptions;
  readonly #ledger: Ledger;
  readonly #keys = new Map<string, AwsKey>();
  readonly #roles: Map<string, AwsRole>;
  /** A user's long-lived key that may do everything, for environment and file tests. */
  readonly userKey: AwsKey;
  /** ARNs of all sessions that STS began, in order. */
  readonly sessions: string[] = [];

  constructor(options: AwsOptions, ledger: Ledger) {
    this.options = options;
    this.#ledger = ledger;
    this.#roles = new Map(Object.entries(options.roles));
    for (const name of [options.nodeRole ?? "node-role", "user", "swapped"]) {
      if (!this.#roles.has(name)) this.#roles.set(name, EVERYTHING);
    }
    this.userKey = this.#issue("user", INSTANCE, "AKIA", undefined, Number.POSITIVE_INFINITY);
  }

  key(accessKeyId: string): AwsKey | undefined {
    return this.#keys.get(accessKeyId);
  }

  role(name: string): AwsRole | undefined {
    return this.#roles.get(name);
  }

  arn(name: string): string {
    return `arn:${this.options.partition}:iam::${this.account(name)}:role/${name}`;
  }

  /** The role's name, where the ARN is exactly that of a role that exists. */
  named(arn: string): string | undefined {
    return [...this.#roles.keys()].find((name) => this.arn(name) === arn);
  }

  may(key: AwsKey, action: string): boolean {
    const permissions = this.#roles.get(key.role)?.permissions ?? [];
    return permissions.includes("*") || permissions.includes(action);
  }

  /** The principal of a key: its role and session name. */
  assumed({ role, session }: Pick<AwsKey, "role" | "session">): string {
    return `${this.arn(role).replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${session}`;
  }

  account(role: string): string {
    return this.#roles.get(role)?.account ?? this.options.account;
  }

  /** The account's OIDC provider of this issuer: its client ids. Undefined where the account has none. */
  clientIds(account: string, issuer: string): readonly string[] | undefined {
    const found = [...this.#roles]
      .filter(
        ([name, { trustedTokens }]) => this.account(name) === account && trustedTokens?.issuer === issuer,
      )
      .map(([, { trustedTokens }]) => trustedTokens?.audiences ?? [STS_AUDIENCE]);
    return found.length > 0 ? found.flat() : undefined;
  }

  /** Temporary keys of a role, as long-lived as asked; bent ones are over, or another role's. */
  temporary(role: string, asked: Asked, life = this.options.keyLife, session = INSTANCE): AwsKey {
    const expires = asked.tokenFault === "expired" ? asked.now - 60_000 : asked.now + life;
    const whose = asked.tokenFault === "swapped" ? "swapped" : role;
    return this.#issue(whose, session, "ASIA", this.#ledger.secret("aws-session", 64), expires);
  }

  #issue(
    role: string,
    session: string,
    kind: string,
    sessionToken: string | undefined,
    expires: number,
  ): AwsKey {
    const key: AwsKey = {
      accessKeyId: this.#ledger.keep(`${kind}${this.#ledger.digits(16)}`),
      secretAccessKey: this.#ledger.secret("aws-secret", 24),
      sessionToken,
      expires,
      role,
      session,
      partition: this.options.partition,
    };
    this.#keys.set(key.accessKeyId, key);
    return key;
  }
}

/** Formats a time as AWS does, without milliseconds. */
export const awsTime = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
