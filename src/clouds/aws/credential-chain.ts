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

interface NodeCredentialSource {
  readonly name: string;
  /** Returns undefined if the source is not configured. If it is configured and fails, it throws, and no further source is tried. */
  find(node: AwsNode, stsOptions: StsOptions): Promise<AwsCredentials | undefined>;
}

/** In order of precedence. The SDK's own chain is not used, because after a failure it tries the next source and drops the reason. */
const SOURCES: readonly NodeCredentialSource[] = [
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
  {
    name: "instance role",
    find: async (node, { instancePartition }) =>
      fetchInstanceCredentials(await node.session(), instancePartition),
  },
];

/** Failures that come before the instance's role is requested. */
const NOT_REQUESTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "aws-metadata-disabled",
  "platform-without-metadata",
  "platform-mismatch",
]);

/** Returns the node's credentials from the first source that is configured. An error also names the sources that are not. */
export async function resolveNodeCredentials(stsOptions: StsOptions, node: AwsNode): Promise<AwsCredentials> {
  const notSet: string[] = [];
  await requireSupportedProfile(node).catch((error: unknown) => {
    throw explainFailure(error, notSet, "shared profile");
  });
  for (const { name, find } of SOURCES) {
    const found = await find(node, stsOptions).catch((error: unknown) => {
      throw explainFailure(error, notSet, name);
    });
    if (found !== undefined) return found;
    notSet.push(name);
  }
  throw new ProviderError("internal", { detail: "the instance role is the last source" });
}

function explainFailure(error: unknown, notSet: readonly string[], failed: string): unknown {
  if (!(error instanceof ProviderError)) return error;
  const { code, facts } = error;
  const prefix = notSet.length > 0 ? `${notSet.join(", ")}: not set; ` : "";
  const result = NOT_REQUESTED.has(code) ? "not requested" : "failed";
  const suffix = facts.identity === undefined ? "" : ` (${facts.identity})`;
  return new ProviderError(code, { ...facts, identity: `${prefix}${failed}: ${result}${suffix}` });
}
