/** Shapes of names, in the configuration, in annotations and in the environment alike. */

/** Ids of Microsoft Entra: tenants, applications, identities. */
export const GUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
/** A tenant of Microsoft Entra, by its id or domain. */
export const TENANT = "^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$";
/** Without its ends: it stands within a URL too. */
export const SERVICE_ACCOUNT = "[a-z0-9-]{1,100}@[a-z0-9.-]{1,200}\\.gserviceaccount\\.com";
