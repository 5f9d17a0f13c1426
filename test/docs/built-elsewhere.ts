/**
 * What the pages speak of and this tree does not have yet. It is passed over, loudly, only while it is missing; once all
 * of it is there these lists are to be empty.
 */
export const builtElsewhere: {
  readonly commands: readonly string[];
  readonly paths: readonly string[];
  readonly codes: readonly string[];
} = {
  commands: ['setup', 'template', 'migrate', 'thumbprints'],
  paths: ['infra/terraform', 'infra/cloudformation', 'examples/live-check.yml'],
  codes: [
    'AccountDiffers',
    'NotConfirmed',
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
    'ChangedMeanwhile',
    'NotSettled',
    'IamRejected',
    'PolicyUnreadable',
    'SubjectUnseen',
    'SubjectPattern',
    'ConnectionConverted',
    'ConnectionUnclear',
    'NextIdentityUnknown',
    'TenantUnconfirmed',
    'ShapeUnsupported',
    'ProviderRefuses',
    'DenyUndecided',
    'DenyRefuses',
    'PolicyTooLarge',
    'NotSafe',
    'NotAdmittedOnEntra',
    'StillOnOldIssuer',
    'MixedPrincipals',
    'LastStatement',
    'TrustWouldBeLost',
    'ProviderNotFound',
    'Declined',
    'ProviderUrlRefused',
    'KeysUrlRefused',
    'AddressRefused',
    'HostNotFound',
    'HostUnreachable',
    'HostTimeout',
    'TlsFailed',
    'DiscoveryRejected',
    'DiscoveryTooLarge',
    'DiscoveryUnreadable',
    'DiscoveryOfOtherIssuer',
    'ChainUnreadable',
    'ThumbprintsTooMany',
    'IamFailed',
  ],
};

/** Says that something is not checked. */
export function passOver(what: string): void {
  console.log(`*** NOT CHECKED, built elsewhere: ${what}`);
}
