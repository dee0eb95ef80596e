/** Shapes of names, in the configuration, in annotations and in the environment alike. */

/** Ids of Microsoft Entra: tenants, applications, identities. */
export const GUID_PATTERN = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
/** A tenant of Microsoft Entra, by its id or domain. */
export const TENANT_PATTERN = "^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$";
/** Without its ends: it stands within a URL too. */
export const SERVICE_ACCOUNT_PATTERN = "[a-z0-9-]{1,100}@[a-z0-9.-]{1,200}\\.gserviceaccount\\.com";
/**
 * An IAM role ARN. The path consists of whole segments: no `//` and no `/../`, which IAM does not allow either (IAM User
 * Guide, "IAM identifiers").
 */
export const ROLE_ARN_PATTERN =
  "^arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role(?=/.{1,512}$)(?:/(?!\\.{1,2}(?:/|$))[A-Za-z0-9_+=,.@-]+)+$";
