import { openSealedStore } from "../cache/sealed-store.ts";
import { parseImageReference, RegistryHost } from "../core/image-reference.ts";
import { type Milliseconds, SECOND } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { quoteUntrusted, sanitizeLine } from "../errors/error-line.ts";
import { ProviderError } from "../errors/provider-error.ts";
import { findTarget, logIn, type RunSetup } from "../provide.ts";
import { alignColumns, type CommandResult, formatCount, joinLines } from "./output.ts";
import { requireCacheDirectory } from "./require-cache.ts";
import { Watch } from "./warm-recorder.ts";
import { nobodys, noLogin, type Verdict } from "./warm-result.ts";

/** No login is awaited in this time before the deadline: it is for the report on each image. */
const REPORT_TIME: Milliseconds = 3 * SECOND;

/**
 * `cache warm`: fetches ahead, as the node, what runs for these images would. All at the same time, as many runs would be: those that
 * want the same login ask once.
 *
 * @throws ProviderError `cache-disabled`, `cache-unusable`, and of the configuration and the environment
 */
export async function runCacheWarm(
  images: readonly string[],
  setting: RunSetup,
  world: World,
): Promise<CommandResult> {
  const policy = await setting.readPolicy(setting.options, world);
  const vault = openSealedStore(requireCacheDirectory(policy, setting.options, world), world);
  const late = world.sleep(world.deadline - REPORT_TIME - world.elapsed()).then((): never => {
    throw new ProviderError("deadline-exceeded", { detail: "it took too long" });
  });
  const verdictOf = async (image: string): Promise<Verdict> => {
    const reference = image === "" ? undefined : parseImageReference(image);
    const target = reference && (await findTarget(reference, policy, setting, world));
    if (target === undefined) return nobodys(image);
    const watch = new Watch(target, vault, world);
    return watch.verdict(await logIn(target, undefined, setting.options, watch.logins, world));
  };
  const verdicts = images.map((image) => Promise.race([verdictOf(image), late]).catch(noLogin));
  return endingOf(images, await Promise.all(verdicts));
}

function endingOf(images: readonly string[], verdicts: readonly Verdict[]): CommandResult {
  const rows = verdicts.map(({ outcome, detail }, at) => [nameOf(images[at] ?? ""), outcome, detail]);
  const stdout = joinLines(alignColumns(rows));
  const failures = verdicts.filter(({ hasFailed }) => hasFailed).length;
  if (failures === 0) return { status: 0, stdout, stderr: "" };
  const stderr = `registry-credential-provider: of ${formatCount(images.length, "image")} ${failures} could not be made ready: stdout says why`;
  return { status: 1, stdout, stderr };
}

/** The host, or the image in quotes where it has none. */
function nameOf(image: string): string {
  return RegistryHost.parse(image.split("/")[0] ?? "")?.spelled ?? sanitizeLine(quoteUntrusted(image));
}
