import assert from 'node:assert/strict';
import type { Endpoint } from '../harness/types.ts';
import { profiles, runRefused } from './diagnosis-row.ts';
import { unpackTask } from './packed-task.ts';
import { describeEndpoint, federation, names } from './scene.ts';
import { listIssues, runInScene } from './task-run.ts';

const { organization, roleArn, tenantId } = names;

/** The subject of the connection on the old issuer, once it is converted. */
const next = federation.entra.subject.replace(names.connections.entra.id, names.connections['azure-devops'].id);

function withSettings(environment: string | undefined, tenant: string | undefined): Endpoint {
  const endpoint = describeEndpoint('azure-devops');
  const parameters = Object.entries(endpoint.parameters).filter(([name]) => name !== 'tenantid');
  return {
    ...endpoint,
    parameters: { ...Object.fromEntries(parameters), ...(tenant === undefined ? {} : { tenantid: tenant }) },
    data: environment === undefined ? {} : { environment },
  };
}

const rows = [
  ['AzureCloud', tenantId, 'all'],
  ['AzureCloud', 'common', 'the date'],
  ['AzureUSGovernment', tenantId, 'nothing'],
] as const;

describe('bundles/diagnosis of the retiring issuer', () => {
  before(() => {
    unpackTask();
  });

  for (const [environment, tenant, expected] of rows) {
    it(`says ${expected} with environment ${environment} and tenant ${tenant}`, async () => {
      const job = { endpoints: [withSettings(environment, tenant)] };
      await runInScene(
        () => undefined,
        { issuer: 'azure-devops', job },
        ({ step }) => {
          assert.equal(step.result, 'Succeeded', step.log.join('\n'));
          const warnings = listIssues(step, 'warning').filter(line => line.includes('retires on'));
          const summary = step.uploadedSummaries.map(({ content }) => content).join('\n');
          assert.equal(warnings.length, expected === 'nothing' ? 0 : 1, warnings.join('\n'));
          assert.equal(summary.includes('2027-07-01'), expected !== 'nothing', summary);
          const wholes = [federation.entra.issuer, next].map(whole => summary.includes(whole));
          assert.deepEqual(wholes, expected === 'all' ? [true, true] : [false, false], summary);
          if (expected === 'nothing') return;
          assert.match(warnings.join(), /2027-07-01 \(multitenant applications are exempt\)/);
          for (const part of ['Unconfirmed', organization.id])
            assert.equal(warnings.join().includes(part), expected === 'all', warnings.join());
        },
      );
    });
  }

  it('warns once where many roles are assumed, and says it in the summary of a failure too', async () => {
    const { run, summary } = await runRefused({
      issuer: 'azure-devops',
      ...profiles(`a = ${roleArn}`, `b = ${roleArn}`, `c = ${roleArn}-not-there`),
    });
    assert.equal(listIssues(run.step, 'warning').filter(line => line.includes('retires on')).length, 1);
    assert.ok(summary.includes(next), summary);
  });
});
