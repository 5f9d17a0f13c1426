import assert from 'node:assert/strict';
import { awsCli } from './aws-cli.ts';
import { findFaults } from './find-faults.ts';
import { restic } from './restic.ts';
import { s3cmd } from './s3cmd.ts';
import { judge, strangers } from './verdict.ts';

const role = 'arn:aws:iam::111111111111:role/deploy';
const seen = (roleArn: string, accepted = true) => ({ roleArn, accepted, signedAt: 0 });

describe('clients/verdict', () => {
  const verdicts = [
    ['role', 0, [seen(role)]],
    ['role', 0, [seen('nobody', false), seen(role)]],
    ['fails', 1, []],
    ['fails', 1, [seen('nobody', false)]],
    ['fails', 255, [seen(role, false)]],
    ['empty success', 0, []],
    ['empty success', 0, [seen(role, false)]],
    ['hangs', undefined, [seen(role)]],
    ['instance', 1, [seen(strangers.instance, false)]],
    ['container', 0, [seen(role), seen(strangers.container)]],
    ['keys', 0, [seen(strangers.keys)]],
    ['agent', undefined, [seen(strangers.agent)]],
    ['unknown key', 0, [seen('unknown', false)]],
  ] as const;
  for (const [verdict, exitCode, sightings] of verdicts) {
    it(`${verdict}: exit code ${exitCode ?? 'none'}, ${JSON.stringify(sightings)}`, () => {
      assert.equal(judge(role, exitCode, sightings), verdict);
    });
  }

  const cells = [
    [awsCli, 'static', 'plain', 'role', 0],
    [awsCli, 'static', 'plain', 'fails', 1],
    [awsCli, 'refreshing', 'plain', 'fails', 1],
    [awsCli, 'helper failing', 'plain', 'fails', 0],
    [awsCli, 'helper failing', 'an instance role answers', 'instance', 1],
    [awsCli, 'helper failing', 'container credentials appear', 'container', 1],
    [awsCli, 'static', "another role's keys in the step", 'keys', 0],
    [awsCli, 'static', 'plain', 'keys', 1],
    [awsCli, 'static', "the agent's own ~/.aws", 'agent', 1],
    [awsCli, 'session over', 'plain', 'hangs', 1],
    [awsCli, 'session over', 'plain', 'empty success', 1],
    [awsCli, 'helper failing', 'plain', 'state not reached', 1],
    [awsCli, 'a state of no table', 'plain', 'role', 1],
    [s3cmd, 'refreshing', 'plain', 'fails', 0],
    [restic, 'helper failing', 'an instance role answers', 'instance', 1],
    [s3cmd, 'helper failing', 'an instance role answers', 'instance', 0],
    [s3cmd, 'keys mapped', 'an instance role answers', 'instance', 1],
    [s3cmd, 'helper failing', 'plain', 'instance', 1],
  ] as const;
  for (const [client, state, surroundings, verdict, faults] of cells) {
    it(`${faults === 0 ? 'takes' : 'refuses'} ${client.name}, ${state}, ${surroundings}: ${verdict}`, () => {
      const cell = { client: client.name, state, surroundings, verdict, words: '' };
      assert.equal(findFaults(client, [cell]).length, faults);
    });
  }
});
