import assert from "node:assert/strict";
import { test } from "node:test";
import { getErrorDefinitions } from "../../src/errors/codes.ts";
import type { ErrorCode } from "../../src/errors/provider-error.ts";
import { buildSlowFailures } from "../slow/failures.ts";
import { AWS_ENDPOINTS } from "./aws-endpoints.ts";
import { AWS_FILES } from "./aws-files.ts";
import { AWS_IDENTITIES } from "./aws-identities.ts";
import { AWS_PARTITION_SCENES } from "./aws-partitions.ts";
import { AZURE_IDENTITIES } from "./azure-identities.ts";
import { CONFIGURATION } from "./configuration.ts";
import { FAILURES } from "./failures.ts";
import { GOOGLE_IDENTITIES } from "./google-identities.ts";
import { STATIC_LOGINS } from "./static-logins.ts";

/** The codes that no transcript produces, with the test that does or the reason why none can. */
const ELSEWHERE: Readonly<Partial<Record<ErrorCode, string>>> = {
  internal: "only a bug leads to it: test/errors.test.ts",
  "destination-blocked": "no library requests an unexpected host: test/egress/egress.test.ts",
  "deadline-exceeded":
    "the timeout of the last exchange ends at the same moment, and either may be first: scene of slow steps",
  "stdout-closed": "a scene reads stdout: test/transcripts/streams.test.ts",
  "cache-command-incomplete": "no request is read: test/transcripts/cache-commands.test.ts",
  "cache-disabled": "only the cache commands require a cache: test/transcripts/cache-commands.test.ts",
  "cache-unusable":
    "a run continues without the cache and logs a note: test/cache/refused-directories.test.ts",
  "stdin-timeout": "a scene closes stdin: test/slow/stdin.test.ts",
};

test("each error code is produced by a transcript or is explained here", () => {
  const scenes = [
    ...FAILURES,
    ...CONFIGURATION,
    ...AWS_ENDPOINTS,
    ...AWS_FILES,
    ...AWS_IDENTITIES,
    ...AWS_PARTITION_SCENES,
    ...GOOGLE_IDENTITIES,
    ...AZURE_IDENTITIES,
    ...STATIC_LOGINS,
    ...buildSlowFailures("127.0.0.1:1"),
  ];
  const seen = new Set(scenes.flatMap(({ expect }) => ("fails" in expect ? [expect.fails] : [])));
  const missing = Object.keys(getErrorDefinitions()).filter(
    (code) => ![...seen, ...Object.keys(ELSEWHERE)].includes(code),
  );
  assert.deepEqual(missing, [], "codes without a transcript");
  const needless = [...seen].filter((code) => code in ELSEWHERE);
  assert.deepEqual(needless, [], "codes that have one and need no reason");
});
