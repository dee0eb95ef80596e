/** Google's SDK alone: the token of the instance's service account. */
import { Compute } from "google-auth-library";

async function main(): Promise<void> {
  const { token } = await new Compute().getAccessToken();
  process.stdout.write(token ?? "");
}

main();
