import { SECOND } from "../time.ts";
import { tryParse } from "./answer.ts";

/** `exp` of a JWT as wall clock milliseconds. The signature is not checked: a claim only ever shortens a life here. */
export function expiryOf(jwt: string): number | undefined {
  const payload = tryParse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8"));
  const exp = payload?.["exp"];
  return typeof exp === "number" && Number.isFinite(exp) ? exp * SECOND : undefined;
}
