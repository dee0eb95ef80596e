/** `npm run demo`: runs the executable against fake clouds on this machine, once for each kind of image. */
import { type Cloud, startCloud } from "../../test/cloud/cloud.ts";
import { memoryUnavailable } from "../../test/support/memory-folder.ts";
import { CASES, type Node, TRUST } from "./cases.ts";
import { type Result, runCase } from "./run.ts";
import { formatHeading, formatResult, formatVerdictLine, formatWire } from "./table.ts";

const INTRODUCTION = `
This runs registry-credential-provider like the kubelet: request on stdin, response on stdout.
The clouds are fakes on this machine that check signatures and roles. They verify each login.
`;

const NEXT = `
Next: docs/install/ has the steps for each platform, config/kubelet/ the kubelet's configuration for
each cloud, docs/guides/ a page for each kind of identity, docs/operate/ help with errors.
A single run, on any machine:

  echo '{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1",
    "image":"123456789012.dkr.ecr.us-east-1.amazonaws.com/app"}' | dist/registry-credential-provider
`;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<number> {
  const began = performance.now();
  const clouds: Readonly<Record<Node, Cloud>> = {
    usual: await startCloud(TRUST),
    poor: await startCloud({
      aws: { nodeRole: "role-without-ecr", roles: { "role-without-ecr": { permissions: [] } } },
    }),
  };
  try {
    const results = await runAll(clouds);
    const good = results.filter(({ breaches }) => breaches.length === 0).length;
    say(formatVerdictLine(good, results.length, (performance.now() - began) / 1000));
    say(NEXT);
    return good === results.length ? 0 : 1;
  } finally {
    await Promise.all([clouds.usual.stop(), clouds.poor.stop()]);
  }
}

/** Runs the cases one after the other, so that they do not slow each other down. */
async function runAll(clouds: Readonly<Record<Node, Cloud>>): Promise<readonly Result[]> {
  const results: Result[] = [];
  say(INTRODUCTION);
  if (memoryUnavailable !== false) say(`Without the runs that use the cache:\n${memoryUnavailable}.\n`);
  for (const one of CASES) {
    const result = await runCase(one, clouds[one.node]);
    if (results.length === 0) say(`${formatWire(result)}\n\n${formatHeading()}`);
    say(formatResult(result));
    results.push(result);
  }
  return results;
}

// The reader of a pipe may close it early (`| head`).
process.stdout.on("error", () => process.exit(1));
process.exitCode = await main();
