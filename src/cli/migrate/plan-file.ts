import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { writePrivateFiles } from '../../host/private-file.ts';
import type { Fleet } from '../../migration/fleet/connections.ts';
import { bindPlan, describeChange, readPlan, type PlanFile, type PlanRules } from '../../migration/plan-file.ts';
import { neutralise } from '../../secret.ts';
import type { Problem } from '../../problem.ts';
import { unfinished, wrongUsage, CliFailure } from '../terminal/failure.ts';
import type { MigrateRun } from './input.ts';
import { parseJson } from '../../json.ts';

/** Returns the SHA-256 of a text in hexadecimal digits. */
function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Saves plans to a file that its owner alone may read; returns its SHA-256. Throws if that fails. */
export function savePlan(path: string, runs: readonly MigrateRun[], fleet: Fleet, rules: PlanRules): string {
  const plan: PlanFile = {
    planVersion: 1,
    organization: { name: fleet.organization.name, id: fleet.organization.id },
    rules,
    accounts: runs
      .filter(({ input }) => input !== undefined)
      .map(({ target: { account }, changes }) => ({
        accountId: account.accountId,
        partition: account.partition,
        changes: changes.map(describeChange),
      })),
  };
  const text = `${JSON.stringify(plan, null, 2)}\n`;
  try {
    writePrivateFiles([{ path: resolve(path), text }], process.platform);
  } catch (thrown) {
    throw unfinished(
      {
        code: 'PlanFileRefused',
        found: `The plan cannot be saved to ${path}: ${thrown instanceof Error ? thrown.message.split('\n')[0] : ''}`,
        expected: "a path in your own folder that is neither a link nor somebody else's file.",
        remedy: 'Choose another path with --save-plan.',
      },
      thrown,
    );
  }
  return hash(text);
}

/** Returns the plan of a file's text. Throws if it is none, and where its SHA-256 is not the one that is demanded. */
export function parsePlanFile(text: string, path: string, sha256: string | undefined): PlanFile {
  if (sha256 !== undefined && sha256.toLowerCase() !== hash(text)) {
    throw refusePlan(`The file given with --plan, ${path}, has the SHA-256 ${hash(text)}.`, `${sha256} (--sha256).`);
  }
  const plan = readPlan(parseJson(text));
  if (plan !== undefined) return plan;
  throw refusePlan(
    `The file given with --plan, ${path}, is not a plan from this version of aws-wif.`,
    'a file saved by aws-wif migrate plan --save-plan.',
  );
}

function requireScope(plan: PlanFile, fleet: Fleet, accountIds: readonly string[]): void {
  const { organization, accounts } = plan;
  if (organization.id !== fleet.organization.id || organization.name !== fleet.organization.name) {
    throw refusePlan(
      `The plan is for organization ${organization.name} (${organization.id}).`,
      `${fleet.organization.name} (${fleet.organization.id}), the organization in --organization-url.`,
    );
  }
  const planned = accounts.map(({ accountId }) => accountId).sort();
  const given = [...accountIds].sort();
  if (planned.join() !== given.join()) {
    throw refusePlan(`The plan is for the accounts ${planned.join(', ')}.`, `the given accounts: ${given.join(', ')}.`);
  }
}

function refusePlan(found: string, expected: string): CliFailure {
  return new CliFailure(1, [
    {
      code: 'PlanFileRefused',
      found: `${found} Nothing was changed.`,
      expected,
      remedy: 'Give the file of this plan, or plan again (aws-wif migrate plan --save-plan) and have it approved.',
    },
  ]);
}

/**
 * Returns runs that carry out just what a plan says; roles that changed since are put aside by name. Throws, so that nothing
 * is written in any account, if planning gives something else for what is as it was.
 */
export function bindRuns(runs: readonly MigrateRun[], plan: PlanFile, fleet: Fleet): readonly MigrateRun[] {
  requireScope(
    plan,
    fleet,
    runs.map(({ target }) => target.account.accountId),
  );
  const bound = runs.map(run => bindRun(run, plan));
  const problems = bound.flatMap(one => ('code' in one ? one : []));
  if (problems.length > 0) throw new CliFailure(1, problems);
  return bound.flatMap(one => ('code' in one ? [] : one));
}

function bindRun(run: MigrateRun, plan: PlanFile): MigrateRun | Problem {
  const { accountId, partition } = run.target.account;
  if (run.input === undefined) return run;
  const file = plan.accounts.find(one => one.accountId === accountId && one.partition === partition);
  if (file === undefined) return differs(accountId, ['the account is not in it']);
  const { changes, aside, differences } = bindPlan(file, run.changes, run.input.state);
  if (differences.length > 0) return differs(accountId, differences);
  const asides = aside.map(({ target, why }) => describeAside(accountId, target, why));
  const status = run.status === 'refused' ? 'refused' : changes.length === 0 ? 'unchanged' : 'planned';
  return { ...run, changes, status, exit: aside.length > 0 ? 1 : run.exit, problems: [...run.problems, ...asides] };
}

function differs(accountId: string, differences: readonly string[]): Problem {
  return {
    code: 'PlanFileRefused',
    found: neutralise(
      `Planning account ${accountId} again gives another result than the file given with --plan: ${differences.join('; ')}. Nothing was changed there.`,
    ),
    expected:
      'the same changes as in the file. Either the file was edited, or connections or providers have changed since.',
    remedy: 'Plan again (aws-wif migrate plan --save-plan) and have it approved.',
  };
}

function describeAside(accountId: string, target: string, why: string): Problem {
  return {
    code: 'PlanOutdated',
    found: neutralise(`The role ${target} in account ${accountId} ${why}. It is skipped; the others are changed.`),
    expected: 'the role as it was when the plan was created.',
    remedy: 'Review the role, then plan again (aws-wif migrate plan --save-plan).',
  };
}

/** Returns the SHA-256 that is demanded. Throws for what is none. */
export function readSha256(text: string): string {
  if (/^[\da-f]{64}$/i.test(text)) return text;
  throw wrongUsage(`--sha256 is "${text}".`, '64 hexadecimal digits, as migrate plan --save-plan prints them.');
}
