import type { Environment } from "../../core/world.ts";
import { ProviderError } from "../../errors/provider-error.ts";
import { showValue } from "../../errors/show-value.ts";
import type { AwsNode } from "./node-context.ts";
import { type NamedProfile, refuseKey, requireSupported } from "./profile-settings.ts";
import type { SharedFileSections } from "./shared-file-syntax.ts";
import { readRuleProfiles } from "./shared-files.ts";

/**
 * Refuses unsupported settings of the node's profile. As in AWS's tools, the settings apply to every login of the node, even
 * if its credentials come from another source.
 *
 * @throws ProviderError `aws-profile-setting-invalid`, and the codes of the shared files
 */
export async function requireSupportedProfile({ world, profiles }: AwsNode): Promise<void> {
  const { name } = selectProfile(world.env);
  const profile = (await profiles()).profiles.get(name);
  if (profile !== undefined) requireSupported(name, profile);
}

/** The name of a profile to use. */
export interface SelectedProfile {
  readonly name: string;
  /** The setting that requires the profile, for errors; undefined: the default profile, which need not exist. */
  readonly setting: string | undefined;
}

/**
 * Selects the profile: the rule's, else the environment's. As in AWS's SDK for Go, AWS_DEFAULT_PROFILE is the fallback. A rule's
 * file without a named profile requires its default profile.
 */
export function selectProfile(env: Environment, { profile, configFile }: RuleProfile = {}): SelectedProfile {
  if (profile !== undefined) return { name: profile, setting: "aws.profile of the rule" };
  for (const setting of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] as const) {
    const name = env[setting];
    if (name) return { name, setting };
  }
  return { name: "default", setting: configFile && "aws.configFile of the rule" };
}

export function refuseMissingProfile({ name, setting }: SelectedProfile): ProviderError {
  const shown = showValue("name", name);
  const detail = setting === undefined ? shown : `${setting} names ${shown}`;
  return new ProviderError("aws-profile-missing", { detail });
}

/** A rule's replacements for AWS_PROFILE and for both shared files. */
export interface RuleProfile {
  readonly profile?: string | undefined;
  readonly configFile?: string | undefined;
}

/** Reads the rule's file, or else the node's shared files. */
export function readSections(node: AwsNode, configFile: string | undefined): Promise<SharedFileSections> {
  return configFile === undefined ? node.profiles() : readRuleProfiles(configFile, node.world);
}

/**
 * Returns the profile that provides the settings of a login of the node: the rule's, or else the environment's. A named profile must
 * exist even if the credentials come from another source, as in AWS's SDK for Go: its settings would be lost.
 *
 * @throws ProviderError `aws-profile-missing`, `aws-profile-setting-invalid`, and the codes of the shared files
 */
export async function findNamedProfile(
  node: AwsNode,
  rule: RuleProfile = {},
): Promise<NamedProfile | undefined> {
  const { profiles, services } = await readSections(node, rule.configFile);
  const selected = selectProfile(node.world.env, rule);
  const { name } = selected;
  const profile = profiles.get(name);
  if (profile === undefined && selected.setting !== undefined) throw refuseMissingProfile(selected);
  const servicesName = profile?.get("services");
  if (servicesName && !services.has(servicesName))
    throw refuseKey(name, "services", "the config file has no such [services] section");
  return profile && { name, profile, services: services.get(servicesName ?? "") };
}
