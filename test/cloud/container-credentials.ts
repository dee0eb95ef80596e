/**
 * The container endpoints of AWS, on loopback HTTP. EKS Pod Identity's agent: `GET /v1/credentials`, the ServiceAccount token raw in
 * `Authorization`, for `pods.eks.amazonaws.com` (400 `Service account token cannot be empty` without; the texts of the agent's
 * source). ECS's: `GET /v2/credentials/<id>`, no authorisation. Both answer the role's keys.
 */
import { type Answer, type Asked, answerJson, answerText, type Service } from "./exchange.ts";
import { awsTime, type Iam } from "./iam.ts";
import { parseJwt, readAudiences, readClaim } from "./jwt.ts";
import { isExpired, type Oidc } from "./oidc.ts";

export const POD_IDENTITY_AUDIENCE = "pods.eks.amazonaws.com";
export const POD_IDENTITY_PATH = "/v1/credentials";
export const ECS_PATH = "/v2/credentials/fake-task";

export class ContainerCredentials implements Service {
  readonly name = "container";
  readonly #iam: Iam;
  readonly #oidc: Oidc;

  constructor(iam: Iam, oidc: Oidc) {
    this.#iam = iam;
    this.#oidc = oidc;
  }

  step(asked: Asked): string {
    if (asked.path === POD_IDENTITY_PATH) return "pod-identity";
    return asked.path === ECS_PATH ? "ecs" : "other";
  }

  answer(asked: Asked): Answer {
    const step = this.step(asked);
    if (asked.method !== "GET" || step === "other") return this.failure(404);
    if (step === "ecs") return this.#keys(asked, this.#iam.options.nodeRole);
    const token = asked.headers["authorization"] ?? "";
    if (token === "") return answerText(400, `${TOKEN} cannot be empty\n`);
    const unchecked = parseJwt(token);
    if (unchecked === undefined) return answerText(400, `${TOKEN} cannot be parsed: token is malformed\n`);
    if (isExpired(unchecked, asked.now)) return answerText(400, `${TOKEN} ${OVER}\n`);
    const jwt = this.#oidc.check(token);
    if (jwt === undefined || !readAudiences(jwt).includes(POD_IDENTITY_AUDIENCE))
      return answerText(
        400,
        refused("InvalidTokenException", "The token included in the request is invalid"),
      );
    return this.#keys(asked, this.#iam.options.podRoles[readClaim(jwt, "sub")] ?? null);
  }

  failure(status: number): Answer {
    return answerText(status, `${status}\n`);
  }

  #keys(asked: Asked, role: string | null): Answer {
    if (role === null)
      return answerText(404, refused("ResourceNotFoundException", "Failed to find an association"));
    const key = this.#iam.temporary(role, asked);
    return answerJson(200, {
      RoleArn: this.#iam.arn(role),
      AccessKeyId: key.accessKeyId,
      SecretAccessKey: key.secretAccessKey,
      Token: key.sessionToken,
      AccountId: this.#iam.options.account,
      Expiration: awsTime(key.expires),
    });
  }
}

/** The agent's own checks (its `internal/validation/request.go`); EKS does the others. */
const TOKEN = "Service account token";
const OVER = "failed basic claim validations: token has invalid claims: token is expired";

/** `HandleCredentialFetchingError` in the agent's `pkg/errors/errors.go`. */
const refused = (code: string, message: string): string =>
  `[00000000-0000-4000-9000-000000000001]: (${code}): ${message}, fault: client\n`;
