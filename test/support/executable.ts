/** The built executable. A test of it never runs anything else in its place. */
import { existsSync } from "node:fs";
import { join } from "node:path";

export const EXECUTABLE = join(import.meta.dirname, "../../dist/registry-credential-provider");

if (!existsSync(EXECUTABLE)) {
  process.stderr.write("dist/registry-credential-provider is missing: run npm run build\n");
  process.exit(1);
}
