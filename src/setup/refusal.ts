/** Every way in which a setup is refused or stopped. */
export const refusalCodes = [
  // whose account it is, and whether it may be changed at all
  'AccountDiffers',
  'NotConfirmed',
  // before anything is changed
  'RolesExposed',
  'RoleNotOurs',
  'RoleNameDiffers',
  'RolePathDiffers',
  'BoundaryDiffers',
  'TagDiffers',
  'ClientIdsFull',
  'ConnectionDenied',
  'StatementWithoutEffect',
  'TrustTooLarge',
  'TrustUnreadable',
  // on the way
  'ChangedMeanwhile',
  'NotSettled',
  'Interrupted',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** Why a setup does not go on: whole sentences, with texts of IAM in them as they are. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}
