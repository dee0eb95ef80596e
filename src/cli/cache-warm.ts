import { openSealedStore } from "../cache/sealed-store.ts";
import { parseImageReference, RegistryHost } from "../core/image-reference.ts";
import { type Milliseconds, SECOND } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { quoteUntrusted, sanitizeLine } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { loadPolicy, logIn, type RunSetup } from "../provide.ts";
import { resolveTarget } from "../registries/resolve-target.ts";
import { alignColumns, type CommandResult, formatCount, joinLines } from "./output.ts";
import { requireCacheDirectory } from "./require-cache.ts";
import { WarmRecorder } from "./warm-recorder.ts";
import { failedLogin, unsupportedRegistry, type WarmResult } from "./warm-result.ts";

/** Images that are not ready this long before the run's deadline fail, which leaves time to print the results. */
const REPORT_TIME: Milliseconds = 3 * SECOND;

/**
 * `cache warm`: fetches the logins of these images into the cache, with the node's identity. All at the same time, as many runs
 * would; images with the same login cause one fetch.
 *
 * @throws ProviderError `cache-disabled`, `cache-unusable`, and those of the configuration and the environment
 */
export async function runCacheWarm(
  images: readonly string[],
  setup: RunSetup,
  world: World,
): Promise<CommandResult> {
  const { options, registries } = setup;
  const policy = await loadPolicy(setup, world);
  const store = openSealedStore(requireCacheDirectory(policy, options, world), world);
  const warmImage = async (image: string): Promise<WarmResult> => {
    const reference = image === "" ? undefined : parseImageReference(image);
    const target = reference && (await resolveTarget(reference, policy, registries));
    if (target === undefined) return unsupportedRegistry(image);
    const recorder = new WarmRecorder(target, store, world);
    return recorder.result(await logIn(target, undefined, options, recorder, world));
  };
  const deadline = world.sleep(world.deadline - REPORT_TIME - world.elapsed()).then((): never => {
    throw new ProviderError("deadline-exceeded", { detail: "it took too long" });
  });
  const results = await Promise.all(
    images.map((image) => Promise.race([warmImage(image), deadline]).catch(failedLogin)),
  );
  return formatResults(images, results);
}

function formatResults(images: readonly string[], results: readonly WarmResult[]): CommandResult {
  const rows = results.map(({ outcome, detail }, index) => [
    formatImage(images[index] ?? ""),
    outcome,
    detail,
  ]);
  const stdout = joinLines(alignColumns(rows));
  const failures = results.filter(({ hasFailed }) => hasFailed).length;
  if (failures === 0) return { status: 0, stdout, stderr: "" };
  const stderr = `registry-credential-provider: cache warm failed for ${failures} of ${formatCount(images.length, "image")}; the reasons are on stdout`;
  return { status: 1, stdout, stderr };
}

/** Returns the image's host, or the quoted image if it has none. */
function formatImage(image: string): string {
  return RegistryHost.parse(image.split("/")[0] ?? "")?.spelled ?? sanitizeLine(quoteUntrusted(image));
}
