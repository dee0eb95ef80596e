import { CONFIG_SAMPLE_FILES } from "./config-samples.ts";
import { CONFIGURATION_FILES } from "./configuration-page.ts";
import { DOCUMENT_FILES } from "./documents.ts";
import { ERRORS_PAGE } from "./errors-page.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { HOST_VECTORS_FILE } from "./host-vectors.ts";
import { JOURNAL_LINE_FILES } from "./journal-line.ts";
import { OVERVIEW_SVG } from "./overview-svg.ts";

/** Every generated file of the repository. A test fails if one of them is not up to date. */
export const GENERATED_FILES: readonly GeneratedFile[] = [
  ERRORS_PAGE,
  ...CONFIGURATION_FILES,
  ...DOCUMENT_FILES,
  ...JOURNAL_LINE_FILES,
  ...CONFIG_SAMPLE_FILES,
  HOST_VECTORS_FILE,
  OVERVIEW_SVG,
];
