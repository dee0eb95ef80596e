import type { gaxios } from "google-auth-library";
import type { AuthClient } from "google-auth-library/build/src/auth/authclient.js";
import type { Milliseconds } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import type { Egress } from "../../egress/egress.ts";
import { showValue } from "../../errors/show-value.ts";
import { describeJwt } from "../../formats/jwt.ts";
import { requireTokenAudience } from "../../identities/pod.ts";
import type { GetSubjectToken, SubjectToken } from "../../identities/subject-token.ts";
import { toProviderError } from "../shared/response.ts";
import { createKeyClient, createNodeClient, createPoolClient } from "./clients.ts";
import { readExternalToken } from "./credential-source.ts";
import type { ExternalAccount } from "./credentials-file.ts";
import type { ExchangePlan } from "./exchange-plan.ts";
import { assertInstanceUniverse, INSTANCE_LABEL, metadataErrors } from "./metadata.ts";
import { resolvePoolAudience } from "./pool-audience.ts";
import type { GoogleServices } from "./services.ts";

interface ExchangeContext {
  readonly universe: string;
  readonly services: GoogleServices;
  readonly egress: Egress;
  readonly transporter: gaxios.Gaxios;
  readonly subjectTokens: GetSubjectToken;
  readonly world: World;
}

/** The library's client of the first token, which asks when it is first asked itself. */
interface SourceClient {
  readonly client: AuthClient;
  /** For messages. */
  readonly identityLabel: string;
  /** A federated token ends with the token that it was exchanged for; an impersonated one does not. */
  readonly maxExpiry: Milliseconds | undefined;
  /** What the provider has to trust, for messages. */
  readonly subject?: string | undefined;
}

/** @throws ProviderError */
export async function createSourceClient(plan: ExchangePlan, around: ExchangeContext): Promise<SourceClient> {
  const { start } = plan;
  switch (start.kind) {
    case "node":
      return fromNode(around);
    case "key":
      return {
        client: createKeyClient(start, plan, around),
        identityLabel: showValue("serviceAccount", start.email),
        maxExpiry: undefined,
      };
    case "external":
      return fromPool(
        start.audience,
        start.subjectTokenType,
        await externalToken(start, around),
        plan,
        around,
      );
    case "federated":
      return fromSubject(start, plan, around);
  }
}

async function fromNode(around: ExchangeContext): Promise<SourceClient> {
  const { universe, egress } = around;
  await assertInstanceUniverse(universe, egress).catch((error: unknown) => {
    throw toProviderError(error, egress, metadataErrors("google-instance-has-no-account"), {
      identity: INSTANCE_LABEL,
    });
  });
  return { client: createNodeClient(around), identityLabel: INSTANCE_LABEL, maxExpiry: undefined };
}

const JWT = "urn:ietf:params:oauth:token-type:jwt";
const AWS_REQUEST = "urn:ietf:params:aws:token-type:aws4_request";

async function fromSubject(
  { pool, subject }: ExchangePlan["start"] & { readonly kind: "federated" },
  plan: ExchangePlan,
  around: ExchangeContext,
): Promise<SourceClient> {
  const { audience, tokenAudience } = await resolvePoolAudience(pool, around.universe, around.egress);
  if (subject.kind === "request" && tokenAudience !== undefined)
    requireTokenAudience(subject.pod, [tokenAudience]);
  const type = subject.kind === "aws-signed" ? AWS_REQUEST : JWT;
  return fromPool(audience, type, await around.subjectTokens(subject), plan, around);
}

async function externalToken(
  { source, audience }: ExternalAccount,
  around: ExchangeContext,
): Promise<SubjectToken> {
  if (source.kind === "aws") return around.subjectTokens({ kind: "aws-signed", audience });
  return readExternalToken(source, around.egress, around.world);
}

function fromPool(
  audience: string,
  type: string,
  subject: SubjectToken,
  plan: ExchangePlan,
  around: ExchangeContext,
): SourceClient {
  const client = createPoolClient({ audience, type, token: subject.token }, around);
  const isDirect = plan.impersonate.length === 0;
  const maxExpiry = isDirect ? subject.expiresAt : undefined;
  return { client, identityLabel: subject.identityLabel, maxExpiry, subject: describeJwt(subject.token) };
}
