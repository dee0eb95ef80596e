import type { Settings } from "./arguments.ts";
import { identityFor } from "./identity.ts";
import { type ImageReference, parseImage } from "./image.ts";
import { account } from "./last-words.ts";
import { type CredentialRequest, parseRequest } from "./protocol/request.ts";
import { encodeResponse, type Outcome } from "./protocol/response.ts";
import type { Registry } from "./registries/registry.ts";
import type { World } from "./world.ts";

/** Which family an image belongs to; `registries/index.ts` in the program, a short list in tests. */
export type FindRegistry = (image: ImageReference) => Registry | undefined;

/**
 * The main job: the bytes of stdin → the text for stdout.
 *
 * @param onHost told the image's registry as soon as it is known, so that whatever fails later can be named with it
 * @throws ProviderError
 */
export async function provide(
  stdin: Uint8Array,
  find: FindRegistry,
  settings: Settings,
  world: World,
  onHost: (host: string) => void,
): Promise<string> {
  const request = parseRequest(stdin);
  const image = parseImage(request.image);
  const registry = image && find(image);
  if (registry === undefined) return encodeResponse(request.apiVersion, { kind: "none" }, world.random());
  onHost(registry.host.spelled);
  const outcome = await logIn(registry, request, settings, world);
  return encodeResponse(request.apiVersion, outcome, world.random());
}

async function logIn(
  registry: Registry,
  request: CredentialRequest,
  settings: Settings,
  world: World,
): Promise<Outcome> {
  const identity = identityFor(request, settings.azureConfigPath);
  const result = await registry.login(identity, world);
  if (result.kind === "anonymous")
    world.note(`${registry.host.name}: pulled without a login: ${account(result.because)}`);
  return { ...result, host: registry.host };
}
