/** The built executable. Its tests never run anything else instead. */
import { existsSync } from "node:fs";
import { join } from "node:path";

export const EXECUTABLE = join(import.meta.dirname, "../../dist/registry-credential-provider");

if (!existsSync(EXECUTABLE)) {
  process.stderr.write("dist/registry-credential-provider is missing: run npm run build\n");
  process.exit(1);
}
