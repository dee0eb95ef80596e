/** `npm run demo`: the executable against fake clouds on this machine, one run for each kind of image. */
import { type Cloud, startCloud } from "../../test/cloud/cloud.ts";
import { noMemory } from "../../test/support/memory-folder.ts";
import { CASES, type Node, TRUST } from "./cases.ts";
import { type Result, runCase } from "./run.ts";
import { describe, heading, verdict, wire } from "./table.ts";

const INTRODUCTION = `
This runs registry-credential-provider as the kubelet does: a request on stdin, an answer on stdout.
The clouds are fakes on this machine that check signatures and roles; each login is tried out there.
`;

const NEXT = `
Next: config/ has the kubelet's configuration for each cloud, config/scenarios/ one for each way to
an identity. docs/install/ says where they go on a node, docs/errors.md what to do about each error.
The same by hand, on any machine:

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
    const good = results.filter(({ broken }) => broken.length === 0).length;
    say(verdict(good, results.length, (performance.now() - began) / 1000));
    say(NEXT);
    return good === results.length ? 0 : 1;
  } finally {
    await Promise.all([clouds.usual.stop(), clouds.poor.stop()]);
  }
}

/** One after the other, so that the times are those of a run by itself. */
async function runAll(clouds: Readonly<Record<Node, Cloud>>): Promise<readonly Result[]> {
  const results: Result[] = [];
  say(INTRODUCTION);
  if (noMemory !== false) say(`Without the runs that use the cache:\n${noMemory}.\n`);
  for (const one of CASES) {
    const result = await runCase(one, clouds[one.node]);
    if (results.length === 0) say(`${wire(result)}\n\n${heading()}`);
    say(describe(result));
    results.push(result);
  }
  return results;
}

// Whoever reads may leave early (`| head`).
process.stdout.on("error", () => process.exit(1));
process.exitCode = await main();
