import assert from 'node:assert/strict';
import {
  checkConnection,
  checkConnectionType,
  chooseConnection,
  type ServiceConnection,
} from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/connection.ts';
import { Faults } from '../../../tasks/AWSAssumeRoleWIF/AWSAssumeRoleWIFV1/inputs/faults.ts';

const id = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';

function check(text: string, scheme = 'WorkloadIdentityFederation') {
  const connection: ServiceConnection = { id, scheme, subject: 'sc://contoso/Payments/aws' };
  return checkConnection(text, asked => (asked === id ? connection : undefined));
}

const refused = [
  { text: '', scheme: undefined, code: 'InputInvalid', found: /serviceConnection is empty/ },
  { text: 'wifconnectionname', scheme: undefined, code: 'ConnectionNotAvailable', found: /"wifconnectionname"/ },
  {
    text: '11111111-1aff-46ac-a80b-054d5c4f9b8a',
    scheme: undefined,
    code: 'ConnectionNotAvailable',
    found: /"11111111-/,
  },
  {
    text: `${id},${id}`,
    scheme: undefined,
    code: 'ConnectionNotAvailable',
    found: /did not give this step a service connection named/,
  },
  {
    text: 'SYSTEMVSSCONNECTION',
    scheme: undefined,
    code: 'ConnectionNotAvailable',
    found: /did not give this step a service connection named/,
  },
  { text: id, scheme: 'ServicePrincipal', code: 'ConnectionSchemeUnsupported', found: /"ServicePrincipal"/ },
  {
    text: id,
    scheme: 'ManagedServiceIdentity',
    code: 'ConnectionSchemeUnsupported',
    found: /"ManagedServiceIdentity"/,
  },
  { text: id, scheme: 'PublishProfile', code: 'ConnectionSchemeUnsupported', found: /"PublishProfile"/ },
  { text: id, scheme: '', code: 'ConnectionSchemeUnsupported', found: /""/ },
];

const one = 'f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a';
const another = '11111111-1aff-46ac-a80b-054d5c4f9b8a';
const toolkit = { scheme: 'UsernamePassword', isAwsToolkit: true };

interface Combination {
  readonly type: string;
  readonly texts: Partial<Record<'serviceConnection' | 'azureDevOpsConnection', string>>;
  readonly settings?: Partial<ServiceConnection>;
  /** The kind of connection, or what the one fault says. */
  readonly outcome: string | RegExp;
}

const combinations: readonly Combination[] = [
  { type: 'azureRM', texts: { serviceConnection: one }, outcome: 'azure-rm' },
  { type: 'AZURERM', texts: { serviceConnection: one }, settings: { hasAzureScope: true }, outcome: 'azure-rm' },
  { type: 'azureDevOps', texts: { azureDevOpsConnection: one }, outcome: 'azure-devops' },
  { type: 'azuredevops', texts: { azureDevOpsConnection: one }, outcome: 'azure-devops' },
  { type: 'AWS', texts: { serviceConnection: one }, outcome: /^InputInvalid: Input connectionType is "AWS"/ },
  { type: 'azureRM', texts: {}, outcome: /Input serviceConnection is empty/ },
  { type: 'azureDevOps', texts: {}, outcome: /Input azureDevOpsConnection is empty/ },
  { type: 'azureRM', texts: { azureDevOpsConnection: one }, outcome: /serviceConnection is empty and azureDevOps/ },
  { type: 'azureDevOps', texts: { serviceConnection: one }, outcome: /azureDevOpsConnection is empty and service/ },
  {
    type: 'azureRM',
    texts: { serviceConnection: one, azureDevOpsConnection: another },
    outcome: /azureDevOpsConnection is also "1/,
  },
  {
    type: 'azureDevOps',
    texts: { serviceConnection: another, azureDevOpsConnection: one },
    outcome: /serviceConnection is also "1/,
  },
  { type: 'azureDevOps', texts: { azureDevOpsConnection: another }, outcome: /^ConnectionNotAvailable: .*"1/ },
  {
    type: 'azureDevOps',
    texts: { azureDevOpsConnection: one },
    settings: { hasAzureScope: true },
    outcome: /has an Azure scope/,
  },
  {
    type: 'azureDevOps',
    texts: { azureDevOpsConnection: one },
    settings: { scheme: 'ServicePrincipal' },
    outcome: /^ConnectionSchemeUnsupported: .*an Azure DevOps service connection/,
  },
  { type: 'azureRM', texts: { serviceConnection: one }, settings: toolkit, outcome: /AWS Toolkit.*2027-07-01/ },
  {
    type: 'azureDevOps',
    texts: { azureDevOpsConnection: one },
    settings: toolkit,
    outcome: /in azureDevOpsConnection/,
  },
  ...['UsernamePassword', 'ms.vss-endpoint.endpoint-auth-scheme-basic'].map(scheme => ({
    type: 'azureRM',
    texts: { serviceConnection: one },
    settings: { scheme },
    outcome:
      /^ConnectionSchemeUnsupported: .*a user name and password, or AWS access keys.*did not use its stored values/,
  })),
];

function chooseFrom(type: string, texts: Combination['texts'], settings: Combination['settings']) {
  const connection = { id: one, scheme: 'WorkloadIdentityFederation', subject: undefined, ...settings };
  const chosen = checkConnectionType(type);
  if (chosen instanceof Faults) return chosen;
  const all = { serviceConnection: '', azureDevOpsConnection: '', ...texts };
  return chooseConnection(chosen, all, asked => (asked === one ? connection : undefined));
}

function assertOneFault(checked: unknown, outcome: RegExp): void {
  assert.ok(checked instanceof Faults);
  assert.equal(checked.list.length, 1);
  const [{ code, found, remedy } = { code: '', found: '', remedy: '' }] = checked.list;
  assert.match(`${code}: ${found} ${remedy}`, outcome);
}

describe('tasks/inputs/connection', () => {
  for (const scheme of ['WorkloadIdentityFederation', 'workloadidentityfederation', 'WORKLOADIDENTITYFEDERATION']) {
    it(`takes a connection with the scheme ${scheme}`, () => {
      assert.deepEqual(check(id, scheme), { id, scheme, subject: 'sc://contoso/Payments/aws', kind: 'azure-rm' });
    });
  }

  it('takes an ID in capitals, as the agent does', () => {
    assert.deepEqual(check(id.toUpperCase()), check(id));
  });

  for (const { text, scheme, code, found } of refused) {
    it(`refuses "${text}" ${scheme === undefined ? '' : `with the scheme "${scheme}"`}`, () => {
      const faults = check(text, scheme);
      assert.ok(faults instanceof Faults);
      const [fault] = faults.list;
      assert.equal(fault?.code, code);
      assert.match(fault.found, found);
    });
  }

  for (const { type, texts, settings, outcome } of combinations) {
    it(`connectionType ${type}, ${JSON.stringify({ ...texts, ...settings })}: ${String(outcome)}`, () => {
      const checked = chooseFrom(type, texts, settings);
      if (typeof outcome === 'string') assert.equal(checked instanceof Faults ? checked.list : checked?.kind, outcome);
      else assertOneFault(checked, outcome);
    });
  }

  it('asks for nothing that is no id', () => {
    const known: ServiceConnection = { id, scheme: 'WorkloadIdentityFederation', subject: undefined };
    assert.ok(checkConnection('SYSTEMVSSCONNECTION', () => known) instanceof Faults);
  });
});
