import { ABSOLUTE_PATH } from "../core/run-options.ts";

/** The format of a flag's value. */
export interface ValueFormat {
  readonly shape: RegExp;
  /** Completes the sentence "--flag requires …". */
  readonly description: string;
}

export type Flag =
  /** Prints a text instead of a response, so it is allowed only as the sole argument or after `cache`. */
  | { readonly kind: "standalone" }
  /** Takes a value. A short flag has the effect of the long one in `aliasOf`. */
  | { readonly kind: "option"; readonly aliasOf?: string }
  /** A flag of klog, which upstream providers take and which has no effect here. Its value must be valid for klog. */
  | { readonly kind: "ignored"; readonly format: ValueFormat }
  /** A boolean flag of klog, which takes a value only after `=`. */
  | { readonly kind: "ignored-boolean" }
  /** A flag of an upstream provider that has an effect there and is not supported here. */
  | { readonly kind: "unsupported"; readonly reason: string };

const NUMBER: Flag = { kind: "ignored", format: { shape: /^\d{1,20}$/, description: "a number" } };
const LOG_PATH: Flag = {
  kind: "ignored",
  format: { shape: ABSOLUTE_PATH, description: "an absolute path" },
};
const SEVERITY: Flag = {
  kind: "ignored",
  format: {
    shape: /^(\d+|info|warning|error|fatal)$/i,
    description: "a severity, such as INFO or 2",
  },
};
const MODULES: Flag = {
  kind: "ignored",
  format: { shape: /^([^=,\s]+=\d+(,|$))+$/, description: "pattern=N, or a comma-separated list of these" },
};
const SOURCE_LINE: Flag = {
  kind: "ignored",
  format: { shape: /^[^:\s]+:\d+$/, description: "file:N" },
};
/** The values that Go's `strconv.ParseBool` accepts. */
export const BOOLEAN: ValueFormat = {
  shape: /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/,
  description: "true or false",
};
const MIRROR: Flag = { kind: "unsupported", reason: "set mirrors in the configuration file" };
const IDENTITY_BINDING: Flag = { kind: "unsupported", reason: "AKS identity bindings are not supported" };

/** All flags, by the spelling with `-`; klog also accepts `_`. */
export const FLAGS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ["--help", { kind: "standalone" }],
  ["-h", { kind: "standalone" }],
  ["--version", { kind: "standalone" }],
  ["--config", { kind: "option" }],
  ["--identity-provider", { kind: "option" }],
  ["--project-id", { kind: "option" }],
  ["--authFlow", { kind: "option" }],
  ["-a", { kind: "option", aliasOf: "--authFlow" }],
  ["-v", NUMBER],
  ["--v", NUMBER],
  ["--vmodule", MODULES],
  ["--stderrthreshold", SEVERITY],
  ["--log-dir", LOG_PATH],
  ["--log-file", LOG_PATH],
  ["--log-file-max-size", NUMBER],
  ["--log-backtrace-at", SOURCE_LINE],
  ["--logtostderr", { kind: "ignored-boolean" }],
  ["--alsologtostderr", { kind: "ignored-boolean" }],
  ["--one-output", { kind: "ignored-boolean" }],
  ["--add-dir-header", { kind: "ignored-boolean" }],
  ["--skip-headers", { kind: "ignored-boolean" }],
  ["--skip-log-headers", { kind: "ignored-boolean" }],
  ["--registry-mirror", MIRROR],
  ["-r", MIRROR],
  ["--ib-sni-name", IDENTITY_BINDING],
  ["--ib-default-client-id", IDENTITY_BINDING],
  ["--ib-default-tenant-id", IDENTITY_BINDING],
  ["--ib-apiserver-ip", IDENTITY_BINDING],
]);
