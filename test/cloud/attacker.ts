/** The host that redirects lead to. It accepts every request, so that everything sent there is recorded. */
import { type Answer, answerJson, answerText, type Service } from "./exchange.ts";

export const ATTACKER_HOST = "attacker.example";

export const attacker: Service = {
  name: "attacker",
  step: () => "any",
  answer: (): Answer =>
    answerJson(200, {
      access_token: "from-the-attacker",
      refresh_token: "from-the-attacker",
      expires_in: 3600,
    }),
  failure: (status: number): Answer => answerText(status, ""),
};
