/** A made-up company's connection, on both issuers. */
export const organizationId = '0ca3ddd9-f0b0-4635-a98c-5866526961b6';
export const tenantId = 'ff882432-09b0-437b-bd22-ca13c0037ded';
export const connectionId = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
export const oldUrl = `vstoken.dev.azure.com/${organizationId}`;
export const entraUrl = `login.microsoftonline.com/${tenantId}/v2.0`;
export const oldSubject = 'sc://contoso/Payments/aws';
export const entraSubject = `/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/${organizationId}/${connectionId}`;
export const oldAudience = 'api://AzureADTokenExchange';
export const entraAudiences = ['499b84ac-1321-427f-aa17-267ca6975798', 'fb60f99c-7a34-4190-8149-302f77469936'] as const;

export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly azp: string | undefined;
}

export const oldClaims: Claims = { iss: `https://${oldUrl}`, sub: oldSubject, aud: [oldAudience], azp: undefined };
export const entraClaims: Claims = {
  iss: `https://${entraUrl}`,
  sub: entraSubject,
  aud: [entraAudiences[1]],
  azp: entraAudiences[0],
};

/** Whoever must not get in by a trust in the company's connection alone. */
export const strangers: readonly { readonly name: string; readonly claims: Claims }[] = [
  {
    name: 'another connection of the organization',
    claims: { ...entraClaims, sub: entraSubject.replace(/.$/, 'b') },
  },
  {
    name: 'a connection of another organization in the tenant',
    claims: { ...entraClaims, sub: entraSubject.replace(organizationId, '11111111-1111-1111-1111-111111111111') },
  },
  {
    name: 'another app of the tenant',
    claims: { ...entraClaims, sub: '5c6f0f43-6c3b-4a53-b7f7-3d1a3f2a1b11', azp: undefined },
  },
  { name: 'the connection, for another audience', claims: { ...entraClaims, aud: ['other'], azp: 'other' } },
  {
    name: 'the subject from another tenant',
    claims: { ...entraClaims, iss: `https://${entraUrl.replace('ff', 'ee')}` },
  },
  { name: 'a connection of another name', claims: { ...oldClaims, sub: `${oldSubject}2` } },
  { name: 'a connection of the same name in another project', claims: { ...oldClaims, sub: 'sc://contoso/Other/aws' } },
  { name: 'the name in another letter case', claims: { ...oldClaims, sub: 'sc://contoso/payments/aws' } },
  { name: 'a pipeline of the project', claims: { ...oldClaims, sub: 'p://contoso/Payments/aws' } },
  { name: "another organization's issuer", claims: { ...oldClaims, iss: `https://${oldUrl.replace('0c', '1c')}` } },
];
