import assert from 'node:assert/strict';
import { classifyConnection } from '../../src/identity/connection-kinds.ts';

const federation = 'WorkloadIdentityFederation';
const basic = 'ms.vss-endpoint.endpoint-auth-scheme-basic';

describe('the kind of a service connection', () => {
  const rows = [
    { shown: { type: 'azurerm', scheme: federation }, name: 'azure-rm', obtains: true },
    { shown: { type: 'AzureRM', scheme: federation.toLowerCase() }, name: 'azure-rm', obtains: true },
    { shown: { type: 'workloadidentityuser', scheme: federation }, name: 'azure-devops', obtains: true },
    { shown: { type: 'VendorCloud', scheme: federation }, name: 'federated', obtains: true },
    { shown: { type: 'AWS', scheme: basic, useOidc: 'true', hasKeys: true }, name: 'aws-toolkit', obtains: true },
    { shown: { type: 'aws', scheme: basic, useOidc: 'True' }, name: 'aws-toolkit', obtains: true },
    { shown: { type: 'AWS', scheme: basic, hasKeys: false }, name: 'aws-toolkit', obtains: true },
    { shown: { type: 'AWS', scheme: basic, useOidc: 'yes', hasKeys: true }, name: 'aws-toolkit', obtains: true },
    { shown: { type: 'VendorCloud', scheme: 'Token' }, name: 'other', obtains: 'unknown' },
    { shown: { type: 'none', scheme: 'none' }, name: 'other', obtains: 'unknown' },
    { shown: { type: 'AWS', scheme: basic, useOidc: 'false' }, name: 'without-tokens', obtains: false },
    { shown: { type: 'AWS', scheme: basic, hasKeys: true }, name: 'without-tokens', obtains: false },
    { shown: { type: 'azurerm', scheme: 'ServicePrincipal' }, name: 'without-tokens', obtains: false },
    { shown: { type: 'azurerm', scheme: 'ManagedServiceIdentity' }, name: 'without-tokens', obtains: false },
    { shown: { type: 'GitHub', scheme: 'OAuth' }, name: 'without-tokens', obtains: false },
    { shown: { type: 'dockerregistry', scheme: 'UsernamePassword' }, name: 'without-tokens', obtains: false },
  ] as const;
  for (const { shown, name, obtains } of rows) {
    it(`${JSON.stringify(shown)}: ${name}`, () => {
      const kind = classifyConnection(shown);
      assert.deepEqual([kind.name, kind.obtainsTokens], [name, obtains]);
      assert.equal(kind.isConvertible, kind.showsIdentity, 'what is converted shows its issuer');
    });
  }
});
