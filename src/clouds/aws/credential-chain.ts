import { type ErrorCode, ProviderError } from "../../errors/provider-error.ts";
import type { StsWishes } from "./assume-role-request.ts";
import { containerCredentials, isContainerSet } from "./container-credentials.ts";
import type { AwsCredentials } from "./credentials.ts";
import { environmentKeys } from "./environment-keys.ts";
import { instanceCredentials } from "./imds.ts";
import type { NodeOfAws } from "./node-context.ts";
import { profileCredentials } from "./profile.ts";
import { requireSupportedProfile } from "./selected-profile.ts";
import { webIdentityCredentials } from "./web-identity-file.ts";

interface Source {
  readonly name: string;
  /** Undefined where it is not set up; throws where it is and fails: then no other is asked in its place. */
  find(node: NodeOfAws, wishes: StsWishes): Promise<AwsCredentials | undefined>;
}

/** In the order in which they are asked. The SDK's own chain goes on after a failure and drops the reason. */
const SOURCES: readonly Source[] = [
  { name: "environment keys", find: async ({ world }) => environmentKeys(world.env) },
  { name: "web identity file", find: ({ world }, wishes) => webIdentityCredentials(world, wishes) },
  {
    name: "container endpoint",
    find: async ({ world }) => (isContainerSet(world.env) ? containerCredentials(world) : undefined),
  },
  { name: "shared profile", find: profileCredentials },
];

/** Failures that come before anybody is asked. */
const NOT_ASKED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "aws-metadata-disabled",
  "platform-none",
  "platform-other",
]);

/** The node's credentials. Every failure names the sources before it and that they are not set. */
export async function nodeCredentials(wishes: StsWishes, node: NodeOfAws): Promise<AwsCredentials> {
  const passed: string[] = [];
  await requireSupportedProfile(node).catch((error: unknown) => {
    throw explained(error, passed, "shared profile");
  });
  for (const { name, find } of SOURCES) {
    const found = await find(node, wishes).catch((error: unknown) => {
      throw explained(error, passed, name);
    });
    if (found !== undefined) return found;
    passed.push(name);
  }
  return node
    .session()
    .then((session) => instanceCredentials(session, wishes.instancePartition))
    .catch((error: unknown) => {
      throw explained(error, passed, "instance role");
    });
}

function explained(error: unknown, passed: readonly string[], failed: string): unknown {
  if (!(error instanceof ProviderError)) return error;
  const notSet = passed.length > 0 ? `${passed.join(", ")}: not set; ` : "";
  const whose = error.facts.identity === undefined ? "" : ` (${error.facts.identity})`;
  const how = NOT_ASKED.has(error.code) ? "not asked for" : "failed";
  return new ProviderError(error.code, { ...error.facts, identity: `${notSet}${failed}: ${how}${whose}` });
}
