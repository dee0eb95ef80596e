/** Where redirects lead. It welcomes everything, so that whatever is sent there stands in the record. */
import { type Answer, json, type Service, text } from "./exchange.ts";

export const ATTACKER_HOST = "attacker.example";

export const attacker: Service = {
  name: "attacker",
  step: () => "any",
  answer: (): Answer =>
    json(200, { access_token: "from-the-attacker", refresh_token: "from-the-attacker", expires_in: 3600 }),
  failure: (status: number): Answer => text(status, ""),
};
