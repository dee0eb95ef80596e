/** The configuration file that is read without `--config`, if it exists. */
export const DEFAULT_CONFIG_PATH = "/etc/registry-credential-provider/config.yaml";

/** A path on Linux or Windows that does not depend on the working directory. */
export const ABSOLUTE_PATH = /^(\/|[A-Za-z]:[/\\])/;

/** The options that a run gets from its arguments. */
export interface RunOptions {
  /** The node's azure.json, for its identity fields. */
  readonly azureConfigPath?: string | undefined;
  /** The configuration file; undefined: the default path. */
  readonly configPath?: string | undefined;
  /** GKE's workload identity pool, as auth-provider-gcp's arguments name it. */
  readonly gke?: GkeOptions | undefined;
}

interface GkeOptions {
  /** The cluster as an OIDC issuer: `https://container.googleapis.com/v1/projects/P/locations/L/clusters/C`. */
  readonly identityProvider: string;
  readonly projectId: string;
}
