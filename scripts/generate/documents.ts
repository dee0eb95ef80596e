/** The tables of the documents that come from the source code or from the tests. */
import { ENVIRONMENT, isEnvironmentName } from "../../src/core/environment.ts";
import { RUN_TIMEOUT, SECOND } from "../../src/core/time.ts";
import { LIMITS } from "../../src/egress/limits.ts";
import { THROTTLE_RETRY_CUTOFF } from "../../src/egress/retry-policy.ts";
import { FLOORS } from "../../test/architecture/rules.ts";
import { CELLS, OUTCOMES } from "../../test/matrix/cells.ts";
import { ENVIRONMENT_MEANINGS } from "./environment-meanings.ts";
import { type GeneratedFile, renderTable, replaceSection } from "./generated-file.ts";

export const DOCUMENT_FILES: readonly GeneratedFile[] = [
  {
    path: "docs/reference/environment.md",
    render: (text) => replaceSection("environment", renderEnvironmentTable(), text),
  },
  {
    path: "docs/reference/identities.md",
    render: (text) => replaceSection("matrix", renderMatrixTable(), text),
  },
  {
    path: "ARCHITECTURE.md",
    render: (text) =>
      replaceSection("floors", renderFloorsTable(), replaceSection("limits", renderLimitsTable(), text)),
  },
];

function renderEnvironmentTable(): string {
  const rows = Object.entries(ENVIRONMENT_MEANINGS).map(([name, meaning]) => {
    if (!isEnvironmentName(name)) throw new Error(`src/core/environment.ts does not list ${name}`);
    return [`\`${name}\``, ENVIRONMENT[name].for, meaning];
  });
  return renderTable(["name", "for", "meaning"], rows);
}

/** Returns the table of the folders of `src/`, from the top floor to the bottom. */
function renderFloorsTable(): string {
  const rows = FLOORS.toReversed().flatMap((folders, index) =>
    folders.map(({ path, purpose }) => [`${FLOORS.length - index}`, `\`${path}\``, purpose]),
  );
  return renderTable(["floor", "folder", "what it is for"], rows);
}

/** Returns the table of timeouts, retry windows and size limits. */
function renderLimitsTable(): string {
  const { metadata, token } = LIMITS;
  const seconds = (time: number) => `${time / SECOND} s`;
  const kibibytes = (size: number) => `${size / 1024} KiB`;
  return renderTable(
    ["", "metadata services on the node", "token endpoints and registries"],
    [
      ["connection timeout", seconds(metadata.connectTimeout), seconds(token.connectTimeout)],
      ["timeout of one attempt", seconds(metadata.attemptTimeout), seconds(token.attemptTimeout)],
      ["timeout of all attempts", seconds(metadata.timeBudget), seconds(token.timeBudget)],
      [
        "retry window after a refused connection",
        seconds(metadata.connectionRefusedRetryWindow),
        seconds(token.connectionRefusedRetryWindow),
      ],
      [
        "retry window after a failure of the service",
        seconds(metadata.failureRetryWindow),
        seconds(token.failureRetryWindow),
      ],
      [
        "retry window while throttled",
        seconds(metadata.timeBudget),
        `until ${seconds(RUN_TIMEOUT - THROTTLE_RETRY_CUTOFF)} after the start of the run`,
      ],
      ["maximum size of a response", kibibytes(metadata.bodyLimit), kibibytes(token.bodyLimit)],
      ["timeout of the whole run", seconds(RUN_TIMEOUT), seconds(RUN_TIMEOUT)],
    ],
  );
}

/** Returns the table of every identity at every registry, with the outcome of each case. */
function renderMatrixTable(): string {
  const rows = new Map<string, Map<string, string>>();
  for (const { target, identity, outcome, ending } of CELLS) {
    const name = [target, identity].join(" | ");
    const row = rows.get(name) ?? new Map<string, string>();
    rows.set(name, row.set(outcome, ending === "login" ? "a login" : `\`${ending}\``));
  }
  const targets = [...new Set(CELLS.map(({ target }) => target))];
  const targetIndex = (name: string) => targets.indexOf(name.split(" | ")[0] ?? "");
  return renderTable(
    ["to pull from", "as", ...OUTCOMES],
    [...rows]
      .sort(([one], [other]) => targetIndex(one) - targetIndex(other))
      .map(([name, row]) => [...name.split(" | "), ...OUTCOMES.map((outcome) => row.get(outcome) ?? "–")]),
  );
}
