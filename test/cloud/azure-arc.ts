/**
 * The Azure Arc agent's identity endpoint ("Authenticate against Azure resources with Azure Arc-enabled servers", and the request of
 * the installed MSAL): `Metadata: true`, api-version 2020-06-01; the first request gets a 401 and a challenge that names a key
 * file; the second one contains the file's content as proof. Each file is valid once. MSAL accepts only files under
 * `/var/opt/azcmagent/tokens/`, so they are created there if that is permitted.
 */
import { mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AzureDirectory } from "./azure-directory.ts";
import { answerManagedIdentityToken } from "./azure-imds.ts";
import { type Answer, type Asked, answerJson, type Service } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";

export const ARC_PATH = "/metadata/identity/oauth2/token";
const KEYS = "/var/opt/azcmagent/tokens";

export class AzureArc implements Service {
  readonly name = "azure-arc";
  readonly #directory: AzureDirectory;
  readonly #ledger: Ledger;
  /** The file of each key. */
  readonly #keys = new Map<string, string>();

  constructor(directory: AzureDirectory, ledger: Ledger) {
    this.#directory = directory;
    this.#ledger = ledger;
  }

  step(asked: Asked): string {
    if (asked.path.replace(/\/$/, "") !== ARC_PATH) return "other";
    return asked.headers["authorization"] === undefined ? "challenge" : "token";
  }

  answer(asked: Asked): Answer {
    const step = this.step(asked);
    if (step === "other" || asked.method !== "GET") return this.failure(404);
    if (asked.headers["metadata"] !== "true")
      return answerArcError(400, "Required metadata header not specified");
    if (asked.query.get("api-version") !== "2020-06-01")
      return answerArcError(400, "api-version is not supported");
    if (step === "challenge") return this.#challenge();
    const key = /^Basic (.+)$/.exec(asked.headers["authorization"] ?? "")?.[1] ?? "";
    const file = this.#keys.get(key);
    if (file === undefined) return answerArcError(403, "Authorization header is not valid");
    this.#forget(key, file);
    return this.#echo(asked, answerManagedIdentityToken(asked, this.#directory));
  }

  failure(status: number): Answer {
    return answerArcError(status, `Simulated ${status}`);
  }

  /** Removes key files that were never read. */
  stop(): void {
    for (const [key, file] of this.#keys) this.#forget(key, file);
    ignoreErrors(() => rmdirSync(KEYS));
    ignoreErrors(() => rmdirSync(dirname(KEYS)));
  }

  #challenge(): Answer {
    const key = this.#ledger.secret("arc-key", 40);
    const file = join(KEYS, `fake-${process.pid}-${this.#ledger.digits(12)}.key`);
    this.#keys.set(key, file);
    ignoreErrors(() => {
      mkdirSync(KEYS, { recursive: true });
      writeFileSync(file, key, { mode: 0o640 });
    });
    return {
      ...answerArcError(401, "Unauthorized"),
      headers: { "www-authenticate": `Basic realm=${file}`, "content-type": "application/json" },
    };
  }

  #forget(key: string, file: string): void {
    this.#keys.delete(key);
    ignoreErrors(() => rmSync(file));
  }

  /** A newer agent repeats the selector, so that a client knows that it was respected. */
  #echo(asked: Asked, answer: Answer): Answer {
    const selectors = ["client_id", "object_id", "msi_res_id", "mi_res_id"].filter((name) =>
      asked.query.has(name),
    );
    if (answer.status !== 200 || selectors.length === 0) return answer;
    const echoed = Object.fromEntries(selectors.map((name) => [name, asked.query.get(name)]));
    const body: unknown = JSON.parse(answer.body);
    return { ...answer, body: JSON.stringify({ ...(typeof body === "object" ? body : {}), ...echoed }) };
  }
}

const answerArcError = (status: number, why: string): Answer =>
  answerJson(status, {
    error: status === 401 ? "unauthorized_client" : "invalid_request",
    error_description: why,
  });

function ignoreErrors(action: () => void): void {
  try {
    action();
  } catch {
    // Not permitted here, or already deleted. The tests check the client's error.
  }
}
