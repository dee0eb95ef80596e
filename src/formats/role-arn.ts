/**
 * The ARN of an IAM role, in the file and in annotations. Path and name by whole segments: no `//`, no `/../`, which no role
 * has (IAM User Guide, "IAM identifiers").
 */
export const ROLE_ARN =
  "^arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role(?=/.{1,512}$)(?:/(?!\\.{1,2}(?:/|$))[A-Za-z0-9_+=,.@-]+)+$";
