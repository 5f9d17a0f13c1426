import assert from 'node:assert/strict';
import {
  checkConnection,
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
  { text: `${id},${id}`, scheme: undefined, code: 'ConnectionNotAvailable', found: /handed no service connection/ },
  {
    text: 'SYSTEMVSSCONNECTION',
    scheme: undefined,
    code: 'ConnectionNotAvailable',
    found: /handed no service connection/,
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

describe('tasks/inputs/connection', () => {
  for (const scheme of ['WorkloadIdentityFederation', 'workloadidentityfederation', 'WORKLOADIDENTITYFEDERATION']) {
    it(`takes a connection with the scheme ${scheme}`, () => {
      assert.deepEqual(check(id, scheme), { id, scheme, subject: 'sc://contoso/Payments/aws' });
    });
  }

  for (const { text, scheme, code, found } of refused) {
    it(`refuses "${text}" ${scheme === undefined ? '' : `with the scheme "${scheme}"`}`, () => {
      const faults = check(text, scheme);
      assert.ok(faults instanceof Faults);
      const [fault] = faults.list;
      assert.equal(fault?.code, code);
      assert.match(fault.found, found);
    });
  }

  it('asks for nothing that is no id', () => {
    const known: ServiceConnection = { id, scheme: 'WorkloadIdentityFederation', subject: undefined };
    assert.ok(checkConnection('SYSTEMVSSCONNECTION', () => known) instanceof Faults);
  });
});
