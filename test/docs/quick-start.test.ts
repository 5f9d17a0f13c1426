import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { unpackTask } from '../bundles/packed-task.ts';
import { federation, names, openScene, type Scene } from '../bundles/scene.ts';
import { buildCommandLine, folder, run } from '../cli/command-line.ts';
import { canaryKeys, projectId, tokens } from '../cli/company.ts';
import { startAccount } from '../cli/setup-scene.ts';
import type { IamState } from '../fakes/iam-state.ts';
import { startRestApi, type StoredConnection } from '../fakes/rest-api.ts';
import { findCommands } from './command-words.ts';
import { readPage } from './pages.ts';
import { findTaskSteps, parseYaml, type TaskStep } from './pipelines.ts';

const quickStart = 'docs/quick-start.md';

function snippetsOf(path: string, language: string): readonly string[] {
  return readPage(path)
    .snippets.filter(snippet => snippet.language === language)
    .map(({ text }) => text);
}

/** The page's connection, whose identity is the scene's. */
function describeConnection(): StoredConnection {
  const { issuer, subject } = federation.entra;
  const parameters = {
    tenantid: names.tenantId,
    serviceprincipalid: names.clientId,
    workloadIdentityFederationIssuer: issuer,
    workloadIdentityFederationSubject: subject,
  };
  return { projectId, id: names.connections.entra.id, name: 'aws', parameters };
}

/** Runs the page's command against stand-ins and returns what the account holds before it and after it. */
async function setUp(args: readonly string[]): Promise<{ readonly planned: string; readonly state: IamState }> {
  const organization = await startRestApi({
    organization: names.organization,
    projects: [{ id: projectId, name: 'Payments' }],
    connections: [describeConnection()],
    tokens: { [tokens.full]: 'all' },
  });
  const iam = await startAccount();
  try {
    const named = args.map(arg => arg.replace('https://dev.azure.com', organization.url));
    const env = { ...canaryKeys, AWS_ENDPOINT_URL: iam.url, AZURE_DEVOPS_EXT_PAT: tokens.full };
    const plan = await run(named, env);
    assert.deepEqual([plan.status, iam.state(names.accountId).roles], [0, []], plan.stderr);
    const ran = await run([...named.filter(arg => arg !== '--dry-run'), '--yes', '--save-folder', folder], env);
    assert.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`);
    return { planned: plan.stdout, state: iam.state(names.accountId) };
  } finally {
    await Promise.all([organization.close(), iam.close()]);
  }
}

/** What AWS holds once somebody followed a page. */
interface Trust {
  readonly providers: readonly { readonly url: string; readonly clientIds: readonly string[] }[];
  readonly roles: readonly { readonly trustPolicy: string }[];
}

/** Gives the stand-in STS what a page made, and nothing else. */
function moveTrust({ sts }: Scene, { providers, roles }: Trust): void {
  for (const { issuer } of Object.values(federation))
    sts.removeProvider(names.accountId, issuer.replace('https://', ''));
  for (const { url, clientIds } of providers) sts.addProvider(names.accountId, { url, clientIds });
  for (const { trustPolicy } of roles) sts.setTrustPolicy(names.roleArn, trustPolicy);
}

const caller = resolve(import.meta.dirname, '../bundles/get-caller-identity.mjs');

/** Runs a page's step where only this trust exists, and a script after it; returns what the script prints. */
async function runStep(trust: Trust, { name = '', inputs }: TaskStep): Promise<string> {
  const scene = await openScene();
  try {
    moveTrust(scene, trust);
    const job = await scene.startJob();
    const { roleArn = '', region = '' } = inputs;
    const given = scene.inputs('entra', { roleArn, region });
    const task = await job.runTask({ taskDirectory: unpackTask(), refName: name, inputs: given });
    assert.equal(task.result, 'Succeeded', task.log.join('\n'));
    const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
    const environment = Object.fromEntries(keys.map(key => [key, `$(${key})`]));
    const { log } = await job.runScript({ command: process.execPath, args: [caller, scene.sts.url], environment });
    await job.finish();
    return log.join('\n');
  } finally {
    await scene.close();
  }
}

/** The page's first step with the task. */
function findStep(path: string): TaskStep {
  const [step] = snippetsOf(path, 'yaml').flatMap(text => findTaskSteps(parseYaml(text)));
  assert.ok(step !== undefined, 'the page has no step');
  assert.equal(step.inputs['serviceConnection'], 'aws');
  return step;
}

const session = /arn:aws:sts::111111111111:assumed-role\/deploy\//;

describe('docs/quick-start, followed on stand-ins', () => {
  it('has at most 60 lines', () => {
    assert.ok(readPage(quickStart).text.trimEnd().split('\n').length <= 60);
  });

  it('ends with a script that acts as the role', async () => {
    buildCommandLine();
    const [command, ...others] = snippetsOf(quickStart, 'sh').flatMap(findCommands);
    assert.ok(command !== undefined && others.length === 0, 'the page has one command');
    const { planned, state } = await setUp(command.args);
    assert.match(planned, /deploy/);
    assert.deepEqual([state.roles.length, state.providers.length], [1, 1]);
    assert.match(await runStep(state, findStep(quickStart)), session);
    assert.match(snippetsOf(quickStart, 'text')[0] ?? '', session);
  });

  it('on the Marketplace page ends with the same, by its own commands and policy', async () => {
    const fill = (text: string): string =>
      text
        .replaceAll('<tenant id>', names.tenantId)
        .replaceAll('<subject of the service connection>', federation.entra.subject);
    const commands = snippetsOf('overview.md', 'sh').map(fill).join('\n');
    const [, url = '', ids = ''] =
      /create-open-id-connect-provider --url "https:\/\/(\S+)" --client-id-list (.+)/.exec(commands) ?? [];
    assert.match(commands, /create-role --role-name deploy --assume-role-policy-document file:\/\/trust-policy\.json/);
    const [trustPolicy = ''] = snippetsOf('overview.md', 'json').map(fill);
    const trust = { providers: [{ url, clientIds: ids.split(' ') }], roles: [{ trustPolicy }] };
    assert.match(await runStep(trust, findStep('overview.md')), session);
  });
});
