import type { gaxios } from "google-auth-library";
import type { AuthClient } from "google-auth-library/build/src/auth/authclient.js";
import type { Milliseconds } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import type { Egress } from "../../egress/egress.ts";
import { showValue } from "../../errors/show-value.ts";
import { described } from "../../formats/jwt.ts";
import { requireTokenAudience } from "../../identities/pod.ts";
import type { GetSubjectToken, SubjectToken } from "../../identities/subject-token.ts";
import { toProviderError } from "../shared/response.ts";
import { keyClient, nodeClient, poolClient } from "./clients.ts";
import { tokenOfSource } from "./credential-source.ts";
import type { ExternalAccount } from "./credentials-file.ts";
import type { Plan } from "./exchange-plan.ts";
import { INSTANCE, readingOf, requireUniverse } from "./metadata.ts";
import { namesOf } from "./pool-audience.ts";
import type { Services } from "./services.ts";

interface Around {
  readonly universe: string;
  readonly services: Services;
  readonly egress: Egress;
  readonly transporter: gaxios.Gaxios;
  readonly subjectTokens: GetSubjectToken;
  readonly world: World;
}

/** The library's client of the first token, which asks when it is first asked itself. */
interface Start {
  readonly client: AuthClient;
  /** For messages. */
  readonly whose: string;
  /** A federated token ends with the token that it was exchanged for; an impersonated one does not. */
  readonly endsBy: Milliseconds | undefined;
  /** What the provider has to trust, for messages. */
  readonly subject?: string | undefined;
}

/** @throws ProviderError */
export async function startOf(plan: Plan, around: Around): Promise<Start> {
  const { start } = plan;
  switch (start.kind) {
    case "node":
      return fromNode(around);
    case "key":
      return {
        client: keyClient(start, plan, around),
        whose: showValue("serviceAccount", start.email),
        endsBy: undefined,
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

async function fromNode(around: Around): Promise<Start> {
  const { universe, egress } = around;
  await requireUniverse(universe, egress).catch((error: unknown) => {
    throw toProviderError(error, egress, readingOf("google-no-account"), { identity: INSTANCE });
  });
  return { client: nodeClient(around), whose: INSTANCE, endsBy: undefined };
}

const JWT = "urn:ietf:params:oauth:token-type:jwt";
const AWS_REQUEST = "urn:ietf:params:aws:token-type:aws4_request";

async function fromSubject(
  { pool, subject }: Plan["start"] & { readonly kind: "federated" },
  plan: Plan,
  around: Around,
): Promise<Start> {
  const { audience, tokenAudience } = await namesOf(pool, around.universe, around.egress);
  if (subject.kind === "request" && tokenAudience !== undefined)
    requireTokenAudience(subject.pod, [tokenAudience]);
  const type = subject.kind === "aws-signed" ? AWS_REQUEST : JWT;
  return fromPool(audience, type, await around.subjectTokens(subject), plan, around);
}

async function externalToken({ source, audience }: ExternalAccount, around: Around): Promise<SubjectToken> {
  if (source.kind === "aws") return around.subjectTokens({ kind: "aws-signed", audience });
  return tokenOfSource(source, around.egress, around.world);
}

function fromPool(audience: string, type: string, subject: SubjectToken, plan: Plan, around: Around): Start {
  const client = poolClient({ audience, type, token: subject.token }, around);
  const isDirect = plan.impersonate.length === 0;
  const endsBy = isDirect ? subject.expiresAt : undefined;
  return { client, whose: subject.identityLabel, endsBy, subject: described(subject.token) };
}
