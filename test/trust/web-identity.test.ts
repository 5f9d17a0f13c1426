import assert from 'node:assert/strict';
import { describeWebIdentity, parseClaimKey } from '../../src/trust/web-identity.ts';
import {
  account,
  azp,
  entraAudience,
  entraClaims,
  entraProvider,
  entraUrl,
  githubUrl,
  oldClaims,
  oldUrl,
} from './company.ts';
import { pages } from './iam-pages.ts';

const entra = describeWebIdentity({ claims: entraClaims, account, otherKeys: { 'sts:RoleSessionName': ['run-1'] } });
const old = describeWebIdentity({ claims: { ...oldClaims, amr: ['pwd'] }, account });

describe('trust/web-identity', () => {
  // By "Availability" on AWS's page of global condition keys.
  const signed = ['PrincipalArn', 'PrincipalOrgID', 'PrincipalOrgPaths', 'PrincipalTag/team', 'PrincipalServiceName']
    .concat('PrincipalServiceNamesList', 'username', 'MultiFactorAuthPresent', 'MultiFactorAuthAge', 'TokenIssueTime')
    .concat('SourceIdentity', 'SourceAccount', 'SourceArn', 'SourceOrgID', 'SourceOrgPaths')
    .map(name => `aws:${name}`);
  const unsigned = ['PrincipalAccount', 'PrincipalType', 'userid', 'PrincipalIsAWSService', 'FederatedProvider']
    .concat('SourceVpc', 'SourceIpAddress', 'PrincipalTag', 'CurrentTime', 'ViaAWSService')
    .map(name => `aws:${name}`);

  it("asks for the exchange, by the provider in the role's account", () => {
    assert.equal(entra.action, 'sts:AssumeRoleWithWebIdentity');
    assert.equal(entra.principal, entraProvider);
  });

  for (const { request, key, values } of [
    { request: entra, key: `${entraUrl}:sub`, values: [entraClaims.sub] },
    { request: entra, key: `${entraUrl}:SUB`.toUpperCase(), values: [entraClaims.sub] },
    { request: entra, key: `${entraUrl}:aud`, values: [azp] },
    { request: entra, key: `${entraUrl}:oaud`, values: [entraAudience] },
    { request: entra, key: `${entraUrl}:amr`, values: [] },
    { request: entra, key: `${entraUrl}:azp`, values: [] },
    { request: entra, key: `${entraUrl}:tid`, values: [] },
    { request: entra, key: `${oldUrl}:sub`, values: [] },
    { request: entra, key: `${githubUrl}:repository`, values: [] },
    { request: entra, key: `${entraUrl}/:sub`, values: [] },
    { request: entra, key: `https://${entraUrl}:sub`, values: [] },
    { request: entra, key: 'sts:ExternalId', values: [] },
    { request: entra, key: 'saml:sub', values: [] },
    { request: entra, key: 'aws:SecureTransport', values: ['true'] },
    ...signed.map(key => ({ request: entra, key, values: [] })),
    ...unsigned.map(key => ({ request: entra, key, values: 'unknown' })),
    { request: entra, key: 'sts:rolesessionname', values: ['run-1'] },
    { request: old, key: 'sts:RoleSessionName', values: 'unknown' },
    { request: old, key: `${oldUrl}:amr`, values: ['pwd'] },
    { request: old, key: `${oldUrl}:oaud`, values: oldClaims.aud },
    { request: old, key: 'aws:SourceIp', values: 'unknown' },
    { request: old, key: 'aws:RequestTag/a.b:c', values: 'unknown' },
    { request: old, key: 'sub', values: [] },
    { request: old, key: oldUrl, values: [] },
    { request: entra, key: `https://${entraUrl}`, values: [] },
    { request: entra, key: 'v2', values: 'unknown' },
    { request: old, key: '<OIDC_PROVIDER>:aud', values: [] },
    { request: old, key: 'aws:sub', values: 'unknown' },
    { request: old, key: `${oldUrl}:443:sub`, values: [] },
    { request: old, key: '', values: 'unknown' },
  ]) {
    it(`has ${JSON.stringify(values)} under "${key}" (${pages.claims})`, () => {
      assert.deepEqual(request.context(key), values);
    });
  }

  for (const { key, parts } of [
    { key: `${entraUrl}:sub`, parts: { prefix: entraUrl, claim: 'sub' } },
    { key: `https://${oldUrl}/:aud`, parts: { prefix: `https://${oldUrl}/`, claim: 'aud' } },
    { key: 'gitlab.com:sub', parts: { prefix: 'gitlab.com', claim: 'sub' } },
    { key: 'aws:SourceIp', parts: undefined },
    { key: 'aws:RequestTag/a.b', parts: undefined },
    { key: 'sts:ExternalId', parts: undefined },
    { key: 'gitlab.com:', parts: { prefix: 'gitlab.com', claim: '' } },
    { key: 'https://gitlab.com/a', parts: { prefix: 'https://gitlab.com/a', claim: '' } },
    { key: 'sourceip', parts: undefined },
    { key: ':', parts: undefined },
    { key: ':sub', parts: { prefix: '', claim: 'sub' } },
    { key: '<OIDC_PROVIDER>:aud', parts: { prefix: '<OIDC_PROVIDER>', claim: 'aud' } },
    { key: `${oldUrl}:443:sub`, parts: { prefix: `${oldUrl}:443`, claim: 'sub' } },
    { key: 'saml:sub', parts: undefined },
    { key: '<OIDC_PROVIDER>:tid', parts: undefined },
  ]) {
    it(`reads ${parts === undefined ? 'no claim' : 'a claim'} in "${key}"`, () => {
      assert.deepEqual(parseClaimKey(key), parts);
    });
  }
});
