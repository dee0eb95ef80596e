/** The kubelet's log line of a failed run, which README.md and docs/operate/troubleshooting.md explain. */
import { formatErrorLine } from "../../src/errors/error-line.ts";
import { ProviderError } from "../../src/errors/provider-error.ts";
import { type GeneratedFile, replaceSection } from "./generated-file.ts";

const PROGRAM = "registry-credential-provider";
const HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const IMAGE = `${HOST}/app`;

export const JOURNAL_LINE_FILES: readonly GeneratedFile[] = [
  "README.md",
  "docs/operate/troubleshooting.md",
].map((path) => ({
  path,
  render: (text) => replaceSection("journal-line", ["```text", journalLine(), "```"].join("\n"), text),
}));

/** Returns the line that a kubelet from 1.35 on logs (klog's format, `pkg/credentialprovider/plugin/plugin.go`). */
export function journalLine(): string {
  const error = new ProviderError("aws-access-denied", {
    request: "POST https://api.ecr.eu-west-1.amazonaws.com/",
    status: 400,
    vendorCode: "AccessDeniedException",
    identity: "instance role node-role",
  });
  const stderr = formatErrorLine(error, HOST, (text) => text);
  const cause = [
    "failed to get credential from external registry credential provider",
    `error execing credential provider plugin ${PROGRAM} for image ${IMAGE}`,
    "exit status 1",
    stderr,
  ].join(": ");
  const location = "E1126 03:04:05.678901    1234 plugin.go:418]";
  return `${location} "Failed to provide credentials for image" err=${JSON.stringify(cause)} provider="${PROGRAM}" image="${IMAGE}"`;
}
