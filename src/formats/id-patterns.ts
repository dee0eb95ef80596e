/** Patterns of ids in the configuration file, in annotations and in the environment. */

/** An id of a Microsoft Entra tenant, application or identity. */
export const GUID_PATTERN = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
/** The id or domain of a Microsoft Entra tenant. */
export const TENANT_PATTERN = "^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$";
/** The email address of a Google service account. Not anchored, because it also occurs within URLs. */
export const SERVICE_ACCOUNT_PATTERN = "[a-z0-9-]{1,100}@[a-z0-9.-]{1,200}\\.gserviceaccount\\.com";
/**
 * An IAM role ARN. The path consists of whole segments: no `//` and no `/../`, which IAM does not allow either (IAM User
 * Guide, "IAM identifiers").
 */
export const ROLE_ARN_PATTERN =
  "^arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role(?=/.{1,512}$)(?:/(?!\\.{1,2}(?:/|$))[A-Za-z0-9_+=,.@-]+)+$";
