/** Where the configuration file is looked for without `--config`. */
export const DEFAULT_CONFIG_PATH = "/etc/registry-credential-provider/config.yaml";

/** A path on Linux or Windows that does not depend on the working directory. */
export const ABSOLUTE_PATH = /^(\/|[A-Za-z]:[/\\])/;

/** What the arguments settle for a run. */
export interface RunOptions {
  /** The node's azure.json, whose identity fields are honoured. */
  readonly azureConfigPath?: string | undefined;
  /** The configuration file, in place of the one at its usual place. */
  readonly configPath?: string | undefined;
  /** Upstream's way to name GKE's own pool. */
  readonly gke?: GkeOptions | undefined;
}

interface GkeOptions {
  /** The cluster as an OIDC issuer: `https://container.googleapis.com/v1/projects/P/locations/L/clusters/C`. */
  readonly identityProvider: string;
  readonly projectId: string;
}
