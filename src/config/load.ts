import type { Settings } from "../settings.ts";
import type { World } from "../world.ts";
import { NO_POLICY, type Policy } from "./policy.ts";

/** The operator's configuration. */
export async function readPolicy(_settings: Settings, _world: World): Promise<Policy> {
  return NO_POLICY;
}
