import { type ErrorCode, ProviderError } from "../../errors/provider-error.ts";
import type { StsOptions } from "./assume-role-request.ts";
import { fetchContainerCredentials, isContainerSet } from "./container-credentials.ts";
import type { AwsCredentials } from "./credentials.ts";
import { readEnvironmentKeys } from "./environment-keys.ts";
import { fetchInstanceCredentials } from "./imds.ts";
import type { AwsNode } from "./node-context.ts";
import { resolveProfileCredentials } from "./profile.ts";
import { requireSupportedProfile } from "./selected-profile.ts";
import { assumeWebIdentityFileRole } from "./web-identity-file.ts";

interface Source {
  readonly name: string;
  /** Undefined where it is not set up; throws where it is and fails: then no other is asked in its place. */
  find(node: AwsNode, stsOptions: StsOptions): Promise<AwsCredentials | undefined>;
}

/** In the order in which they are asked. The SDK's own chain goes on after a failure and drops the reason. */
const SOURCES: readonly Source[] = [
  { name: "environment keys", find: async ({ world }) => readEnvironmentKeys(world.env) },
  {
    name: "web identity file",
    find: ({ world }, stsOptions) => assumeWebIdentityFileRole(world, stsOptions),
  },
  {
    name: "container endpoint",
    find: async ({ world }) => (isContainerSet(world.env) ? fetchContainerCredentials(world) : undefined),
  },
  { name: "shared profile", find: resolveProfileCredentials },
];

/** Failures that come before anybody is asked. */
const NOT_ASKED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "aws-metadata-disabled",
  "platform-without-metadata",
  "platform-mismatch",
]);

/** The node's credentials. Every failure names the sources before it and that they are not set. */
export async function resolveNodeCredentials(stsOptions: StsOptions, node: AwsNode): Promise<AwsCredentials> {
  const passed: string[] = [];
  await requireSupportedProfile(node).catch((error: unknown) => {
    throw explainFailure(error, passed, "shared profile");
  });
  for (const { name, find } of SOURCES) {
    const found = await find(node, stsOptions).catch((error: unknown) => {
      throw explainFailure(error, passed, name);
    });
    if (found !== undefined) return found;
    passed.push(name);
  }
  return node
    .session()
    .then((session) => fetchInstanceCredentials(session, stsOptions.instancePartition))
    .catch((error: unknown) => {
      throw explainFailure(error, passed, "instance role");
    });
}

function explainFailure(error: unknown, passed: readonly string[], failed: string): unknown {
  if (!(error instanceof ProviderError)) return error;
  const notSet = passed.length > 0 ? `${passed.join(", ")}: not set; ` : "";
  const whose = error.facts.identity === undefined ? "" : ` (${error.facts.identity})`;
  const how = NOT_ASKED.has(error.code) ? "not asked for" : "failed";
  return new ProviderError(error.code, { ...error.facts, identity: `${notSet}${failed}: ${how}${whose}` });
}
