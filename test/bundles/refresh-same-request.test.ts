import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RecordedRequest } from '../fakes/faults.ts';
import { readCall } from '../fakes/sts-calls.ts';
import { unpackTask } from './packed-task.ts';
import { defaultProfile, findTexts, over, readAnswer, startRefreshing, type RefreshingJob } from './refresh-scene.ts';
import { names, openScene, type Scene } from './scene.ts';
import { findLeaks } from '../harness/canaries.ts';
import { listSecrets, resetScene, runTask } from './task-run.ts';

const hub = names.roleArn;
const spoke = 'arn:aws:iam::222222222222:role/teams/infra/spoke';
const last = 'arn:aws:iam::333333333333:role/last';

const everything = {
  roleChain: `${spoke}\n${last}`,
  externalId: 'external-id/of:us',
  sessionTags: 'Team=Größe + Co: platform\ncost-center=4711',
  transitiveTagKeys: 'Team',
  sessionPolicy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}',
  sessionPolicyArns: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  durationSeconds: '1800',
  roleSessionName: 'me@example.com',
  allowedAccountIds: '111111111111, 222222222222, 333333333333',
  profiles: [
    `network = ${hub} > ${spoke}`,
    `direct = arn:aws:iam::111111111111:role/other eu-central-1`,
    `state-bucket = ${hub} > ${spoke} > ${last} eu-west-3`,
  ].join('\n'),
};

/** What each profile's roles are, in the order of their hops. */
const profiles = {
  [defaultProfile]: [hub, spoke, last],
  network: [hub, spoke],
  direct: ['arn:aws:iam::111111111111:role/other'],
  'state-bucket': [hub, spoke, last],
};

/** The headers of a request that differ from one to the next by their nature. */
const changing = ['x-amz-date', 'x-amz-security-token', 'amz-sdk-invocation-id', 'connection'];

describe('bundles/refresh-same-request', () => {
  let scene: Scene;
  let refreshing: RefreshingJob;
  let first: readonly RecordedRequest[];
  let firstTokenRequest: unknown;

  before(async () => {
    unpackTask();
    scene = await openScene();
    scene.addRole('arn:aws:iam::111111111111:role/other');
    scene.sts.addRole({ arn: spoke, trustPolicy: trust(hub) });
    scene.sts.addRole({ arn: last, trustPolicy: trust(spoke) });
    refreshing = await startRefreshing(scene, { inputs: everything });
    first = scene.sts.calls.map(({ request }) => request);
    firstTokenRequest = scene.azureDevOps.tokenRequests().map(describe);
  });

  beforeEach(() => {
    resetScene(scene);
  });

  after(() => scene.close());

  function trust(role: string) {
    const statement = { Effect: 'Allow', Principal: { AWS: role }, Action: ['sts:AssumeRole', 'sts:TagSession'] };
    return { Version: '2012-10-17', Statement: statement };
  }

  /** A request without tokens, hop credentials, and what follows from them: the signature and its date. */
  function describe({ method, url, headers, body }: RecordedRequest): unknown {
    const form = new URLSearchParams(body);
    if (form.has('WebIdentityToken')) form.set('WebIdentityToken', 'ID-TOKEN');
    const kept = Object.entries(headers)
      .filter(([name]) => !changing.includes(name))
      .map(([name, value]) => [name, name === 'authorization' ? withoutSignature(String(value)) : value] as const);
    return { method, url, headers: Object.fromEntries(kept), body: method === 'POST' ? form.toString() : body };
  }

  /** Keeps the region, the service and the names of the headers that are signed. */
  function withoutSignature(authorization: string): string {
    return authorization
      .replace(/Credential=ASIA[A-Z2-7]{16}\/\d{8}\//, 'Credential=KEY/DATE/')
      .replace(/Signature=[0-9a-f]{64}/, 'Signature=SIGNATURE');
  }

  /** The requests of the step's own run, one list for each goal: a chain's are told by role and region. */
  function listFirst(profile: string): readonly unknown[] {
    const roles: readonly string[] = profiles[profile as keyof typeof profiles];
    const all = first.map(describe).map(shown => JSON.stringify(shown));
    return refreshed().map(shown => (all.includes(JSON.stringify(shown)) ? shown : { roles, missing: shown }));
  }

  function refreshed(): readonly unknown[] {
    return scene.sts.calls.map(({ request }) => describe(request));
  }

  it('needs as many requests for the step itself as its profiles have roles', () => {
    assert.equal(first.length, Object.values(profiles).flat().length);
    assert.deepEqual(scene.sts.violations, []);
  });

  for (const [profile, roles] of Object.entries(profiles)) {
    it(`security 20: a refresh of ${profile} differs in nothing but tokens, hop credentials and signature`, async () => {
      refreshing.shift(over, profile);
      const run = await refreshing.run(profile);
      assert.equal(readAnswer(run).AccessKeyId, scene.sts.sessions.at(-1)?.accessKeyId);
      assert.deepEqual(
        scene.sts.calls.map(({ parameters }) => parameters['RoleArn']),
        roles,
      );
      assert.deepEqual(refreshed(), listFirst(profile));
      assert.deepEqual(scene.azureDevOps.tokenRequests().map(describe), firstTokenRequest);
      assert.deepEqual(scene.sts.violations, []);
    });
  }

  it('security 20: policies, duration, external id and tags are where they belong, in both runs', async () => {
    refreshing.shift(over);
    await refreshing.run();
    const own = first.filter(request => readCall(request).parameters['RoleArn'] === last);
    const again = scene.sts.calls.map(({ request }) => request).slice(-1);
    assert.equal(own.length, 2);
    for (const { parameters } of [...own, ...again].map(readCall)) {
      assert.equal(parameters['RoleSessionName'], 'me@example.com');
      assert.equal(parameters['DurationSeconds'], '1800');
      assert.equal(parameters['ExternalId'], 'external-id/of:us');
      assert.equal(parameters['Policy'], everything.sessionPolicy);
      assert.equal(parameters['PolicyArns.member.1.arn'], everything.sessionPolicyArns);
      assert.equal(parameters['Tags.member.1.Key'], undefined);
    }
    const session = scene.sts.sessions.at(-1);
    assert.deepEqual(
      [session?.policy, [...(session?.tags ?? [])]],
      [everything.sessionPolicy, [['Team', 'Größe + Co: platform']]],
    );
    for (const { parameters } of scene.sts.calls.slice(0, -1)) {
      assert.deepEqual([parameters['Policy'], parameters['ExternalId']], [undefined, undefined]);
    }
    assert.equal(scene.sts.calls[1]?.parameters['TransitiveTagKeys.member.1'], 'Team');
  });

  it('security 20: hub credentials of a chain and ID tokens are in no file', () => {
    const finals = new Set(Object.keys(profiles).map(profile => refreshing.readCache(profile).accessKeyId));
    const passing = scene.sts.sessions.filter(
      ({ accessKeyId, roleArn, policy }) => !finals.has(accessKeyId) && policy === undefined && roleArn !== last,
    );
    assert.ok(passing.length >= 5);
    const secrets = passing.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
      accessKeyId,
      secretAccessKey,
      sessionToken,
    ]);
    assert.deepEqual(findTexts(refreshing.job.workFolder, [...secrets, ...scene.azureDevOps.issuedTokens]), []);
    assert.notDeepEqual(findTexts(refreshing.job.workFolder, [...finals]), []);
  });

  it('security 20: an account that is not allowed is refused before there is anything to refresh', async () => {
    const { job, step } = await runTask(scene, {
      inputs: { ...everything, refreshCredentials: 'true', allowedAccountIds: '111111111111' },
    });
    assert.match(step.log.join('\n'), /AccountNotAllowed/);
    assert.deepEqual([job.variable('AWS_SHARED_CREDENTIALS_FILE'), scene.sts.calls.length], [undefined, 0]);
  });

  it('security 21: the log says what later processes can read and what cannot be masked', async () => {
    const says = /every later process of this job .* can read the job's access token.*renewed later cannot be masked/;
    assert.match(refreshing.step.log.join('\n'), says);
    const { job, step } = await runTask(scene);
    assert.equal(step.result, 'Succeeded', step.log.join('\n'));
    assert.doesNotMatch(step.log.join('\n'), /can read the job's access token/);
    assert.deepEqual(findTexts(job.tempDirectory, [names.jobToken]), []);
  });

  it('security 21: the help of the input and SECURITY.md say the same', () => {
    const task = readFileSync(join(unpackTask(), 'task.json'), 'utf8');
    const security = readFileSync(resolve(import.meta.dirname, '../../SECURITY.md'), 'utf8');
    for (const text of [task, security]) {
      const said = text.split('\n').find(line => /every later process of (?:this|the) job/i.test(line)) ?? '';
      assert.match(said, /job's access token/);
      assert.match(said, /mask/);
    }
  });

  it("hands the step's own run no secret into its log", () => {
    assert.deepEqual(findLeaks(refreshing.step.rawLines, listSecrets(scene)), []);
  });
});
