import assert from 'node:assert/strict';
import { WifError } from '../../src/errors.ts';
import {
  acceptsAudience,
  compareProvider,
  describeProvider,
  findMissingClientIds,
  formatProviderArn,
  parseProviderArn,
  partitions,
  recogniseIssuer,
} from '../../src/trust/oidc-provider.ts';
import {
  account,
  azp,
  byId,
  byName,
  entraAudience,
  entraProvider,
  entraUrl,
  oldAudience,
  oldProvider,
  oldUrl,
  organizationId,
  tenantId,
} from './company.ts';
import { pages } from './iam-pages.ts';

describe(`trust/oidc-provider (${pages.provider})`, () => {
  it('describes the provider of each issuer', () => {
    assert.deepEqual(describeProvider(byName, account), {
      arn: oldProvider,
      issuerUrl: `https://${oldUrl}`,
      url: oldUrl,
      clientIds: [oldAudience],
    });
    assert.deepEqual(describeProvider(byId, account), {
      arn: entraProvider,
      issuerUrl: `https://${entraUrl}`,
      url: entraUrl,
      clientIds: [azp, entraAudience],
    });
  });

  for (const partition of partitions) {
    it(`writes and reads an ARN of partition ${partition}`, () => {
      const arn = formatProviderArn(byId.issuerUrl, { partition, accountId: '222222222222' });
      assert.equal(arn, `arn:${partition}:iam::222222222222:oidc-provider/${entraUrl}`);
      assert.deepEqual(parseProviderArn(arn), { partition, accountId: '222222222222', url: entraUrl });
    });
  }

  for (const accountId of ['', '11111111111', '1111111111111', '11111111111a', '111111111111\n']) {
    it(`writes no ARN for account ${JSON.stringify(accountId)}`, () => {
      assert.throws(
        () => formatProviderArn(byId.issuerUrl, { partition: 'aws', accountId }),
        (error: unknown) =>
          error instanceof WifError && error.code === 'TrustPolicyRefused' && error.message.includes('12 digits'),
      );
    });
  }

  for (const text of [
    '',
    oldUrl,
    'arn:aws:iam::111111111111:role/deploy',
    'arn:aws:iam::111111111111:saml-provider/x',
    'arn:aws:iam::111111111111:oidc-provider/',
    'arn:aws:iam::1111:oidc-provider/x.example',
    'arn:aws:iam:eu-west-1:111111111111:oidc-provider/x.example',
    `x${oldProvider}`,
  ]) {
    it(`reads no provider's ARN in "${text}"`, () => {
      assert.equal(parseProviderArn(text), undefined);
    });
  }

  const same = { kind: 'same' };
  const mistaken = (...mistakes: readonly string[]) => ({ kind: 'mistaken', mistakes });
  for (const { url, issuer, match } of [
    { url: oldUrl, issuer: byName.issuerUrl, match: same },
    { url: entraUrl, issuer: byId.issuerUrl, match: same },
    { url: `https://${oldUrl}`, issuer: byName.issuerUrl, match: mistaken('scheme-included') },
    { url: oldUrl.toUpperCase(), issuer: byName.issuerUrl, match: mistaken('letter-case') },
    { url: `${oldUrl}:443`, issuer: byName.issuerUrl, match: mistaken('port-included') },
    { url: entraUrl.replace('/', ':443/'), issuer: byId.issuerUrl, match: mistaken('port-included') },
    { url: `${oldUrl}/`, issuer: byName.issuerUrl, match: mistaken('trailing-slash') },
    { url: `${entraUrl}/`, issuer: byId.issuerUrl, match: mistaken('trailing-slash') },
    { url: entraUrl.replace('/v2.0', ''), issuer: byId.issuerUrl, match: mistaken('version-missing') },
    { url: entraUrl.replace('v2', 'V2'), issuer: byId.issuerUrl, match: mistaken('letter-case') },
    {
      url: `HTTPS://login.microsoftonline.com/${tenantId}/`,
      issuer: byId.issuerUrl,
      match: mistaken('letter-case', 'scheme-included', 'trailing-slash', 'version-missing'),
    },
    { url: 'token.actions.githubusercontent.com', issuer: byName.issuerUrl, match: { kind: 'github' } },
    { url: 'https://Token.actions.githubusercontent.com/x', issuer: byId.issuerUrl, match: { kind: 'github' } },
    { url: oldUrl, issuer: byId.issuerUrl, match: { kind: 'other' } },
    { url: oldUrl.replace('0ca3', '0ca4'), issuer: byName.issuerUrl, match: { kind: 'other' } },
    { url: entraUrl.replace('v2.0', 'v1.0'), issuer: byId.issuerUrl, match: { kind: 'other' } },
    { url: `sts.windows.net/${tenantId}`, issuer: byId.issuerUrl, match: { kind: 'other' } },
    { url: '', issuer: byId.issuerUrl, match: { kind: 'other' } },
  ]) {
    it(`compares "${url}" with ${issuer}: ${match.kind}`, () => {
      assert.deepEqual(compareProvider(url, issuer), match);
    });
  }

  it('recognises the issuers of Azure DevOps', () => {
    const issuer = { kind: 'azure-devops', organizationId };
    assert.deepEqual(recogniseIssuer(oldUrl), { issuer, mistakes: [] });
    assert.deepEqual(recogniseIssuer(`${oldUrl.toUpperCase()}/`), {
      issuer,
      mistakes: ['letter-case', 'trailing-slash'],
    });
    assert.deepEqual(recogniseIssuer(entraUrl), { issuer: { kind: 'entra', tenantId }, mistakes: [] });
    assert.equal(recogniseIssuer('vstoken.dev.azure.com/contoso'), undefined);
    assert.equal(recogniseIssuer('vstoken.dev.azure.com'), undefined);
    assert.equal(recogniseIssuer('login.microsoftonline.com/common'), undefined);
    assert.equal(recogniseIssuer('token.actions.githubusercontent.com'), undefined);
  });

  for (const { identity, registered, missing } of [
    { identity: byName, registered: [oldAudience], missing: [] },
    { identity: byName, registered: ['sts.amazonaws.com'], missing: [oldAudience] },
    { identity: byId, registered: [azp, 'x', entraAudience], missing: [] },
    { identity: byId, registered: [entraAudience], missing: [azp] },
    { identity: byId, registered: [oldAudience], missing: [azp, entraAudience] },
  ]) {
    it(`finds [${missing.join(', ')}] missing from [${registered.join(', ')}] on ${identity.issuerUrl}`, () => {
      assert.deepEqual(findMissingClientIds(identity, registered), missing);
    });
  }

  for (const { registered, audience, accepted } of [
    { registered: [azp, entraAudience], audience: { aud: [entraAudience], azp }, accepted: true },
    { registered: [azp], audience: { aud: [entraAudience], azp }, accepted: true },
    { registered: [entraAudience], audience: { aud: [entraAudience], azp }, accepted: false },
    { registered: [oldAudience], audience: { aud: [oldAudience], azp: undefined }, accepted: true },
    { registered: [oldAudience], audience: { aud: ['x', oldAudience], azp: undefined }, accepted: true },
    { registered: ['sts.amazonaws.com'], audience: { aud: [oldAudience], azp: undefined }, accepted: false },
    { registered: [], audience: { aud: [oldAudience], azp: undefined }, accepted: false },
  ]) {
    it(`${accepted ? 'accepts' : 'refuses'} ${JSON.stringify(audience)} for [${registered.join(', ')}]`, () => {
      assert.equal(acceptsAudience(registered, audience), accepted);
    });
  }
});
