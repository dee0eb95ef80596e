import type { Cloud } from "../../test/cloud/cloud.ts";
import { decodeResponse } from "../../test/kubelet/decode-response.ts";
import type { Pull } from "./crowds.ts";
import { API_VERSION } from "./request.ts";

/** Verifies logins at their registries, each one once. */
export class LoginChecker {
  readonly #cloud: Cloud;
  readonly #tried = new Map<string, Promise<boolean>>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** Returns the number of responses without a login that the registry of their image accepts. */
  async crossed(pulls: readonly Pull[], answers: readonly string[]): Promise<number> {
    const present = pulls.flatMap(({ image }, index) => {
      const answer = answers[index];
      return answer ? [{ image, answer }] : [];
    });
    const isGood = await Promise.all(present.map(({ image, answer }) => this.#isGood(image, answer)));
    return isGood.filter((good) => !good).length;
  }

  async #isGood(image: string, answer: string): Promise<boolean> {
    const host = image.split("/")[0] ?? "";
    const login = decodeResponse(answer, { apiVersion: API_VERSION }).auth.get(host);
    if (login === undefined) return false;
    const { username, password } = login;
    const key = `${host} ${username} ${password}`;
    const known = this.#tried.get(key) ?? this.#cloud.login(image, username, password).then(({ ok }) => ok);
    this.#tried.set(key, known);
    return known;
  }
}
