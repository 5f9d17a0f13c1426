import assert from 'node:assert/strict';
import { delimiter, join } from 'node:path';

import { inJob, printing, removeThrowaways, runOnce, writeTask } from './throwaway-task.ts';
import type { Endpoint } from './types.ts';

const connection: Endpoint = {
  id: '6C2F3AE2-1111-4222-8333-444455556666',
  name: 'wif',
  url: 'https://management.azure.com',
  scheme: 'WorkloadIdentityFederation',
  parameters: {
    serviceprincipalid: 'app-id-4711',
    tenantid: 'tenant-4711',
    workloadIdentityFederationSubject: 'sc://a/b/c',
  },
  data: { subscriptionId: 'sub-1', environment: 'AzureCloud', note: '$(build.buildId)' },
};
const id = connection.id.toLowerCase();

const inputs = [
  { name: 'serviceConnection', aliases: ['azureSubscription'], type: 'connectedService:AzureRM' },
  { name: 'region name', type: 'string', defaultValue: ' eu-west-1 ' },
  { name: 'policy', type: 'multiLine' },
];

describe('harness: environment of a task', () => {
  after(removeThrowaways);

  it('holds inputs with defaults, trimmed and expanded, empty ones too', async () => {
    await inJob({ secretVariables: { token: 'hush-hush' }, variables: { a: '$(b)', b: 'deep' } }, async job => {
      const taskDirectory = writeTask({ main: '', json: { inputs } });
      const given = { policy: '  x $(token) $(a) $(missing)  ', AZURESUBSCRIPTION: 'nobody' };
      const { environment, log } = await job.runTask({ taskDirectory, inputs: { ...given, odd: '1' } });
      assert.equal(environment['INPUT_REGION_NAME'], 'eu-west-1');
      assert.equal(environment['INPUT_POLICY'], 'x hush-hush deep $(missing)');
      assert.equal(environment['INPUT_SERVICECONNECTION'], 'nobody');
      assert.equal(environment['INPUT_ODD'], '1');
      assert.ok(log.some(line => line.includes("##[warning]Unexpected input 'odd'")));
      assert.equal((await job.runTask({ taskDirectory })).environment['INPUT_POLICY'], '');
    });
  });

  it("expands the agent's own environment after the variables", async () => {
    const inheritedEnvironment = { PATH: process.env['PATH'] ?? '', AGENT_HOME: '/opt/agent' };
    const step = { environment: { WHERE: ' $(AGENT_HOME)/bin ' } };
    const { environment } = await runOnce('', step, { inheritedEnvironment });
    assert.equal(environment['WHERE'], '/opt/agent/bin');
    assert.equal(environment['AGENT_HOME'], '/opt/agent');
  });

  it('holds variables, secrets apart, and lists of their names', async () => {
    const job = { variables: { 'my.plain var': 'p', 'AWS-REGION': 'r' }, secretVariables: { 'my.secret': 's3cr3t' } };
    const { environment } = await runOnce('', {}, job);
    assert.equal(environment['MY_PLAIN_VAR'], 'p');
    assert.equal(environment['AWS-REGION'], 'r');
    assert.equal(environment['SECRET_MY_SECRET'], 's3cr3t');
    assert.equal(environment['MY_SECRET'], undefined);
    const names = JSON.parse(environment['VSTS_PUBLIC_VARIABLES'] ?? '') as readonly string[];
    assert.ok(names.includes('my.plain var'));
    assert.deepEqual(JSON.parse(environment['VSTS_SECRET_VARIABLES'] ?? ''), ['my.secret', 'system.accessToken']);
    assert.equal(environment['agent.jobstatus'], 'Succeeded');
    assert.equal(environment['AGENT_JOBSTATUS'], 'Succeeded');
    assert.equal(environment['TF_BUILD'], 'True');
  });

  it('leaves the list of secret names empty where there are none', async () => {
    const { environment } = await runOnce('', {}, { accessTokenVariable: 'none' });
    assert.equal(environment['VSTS_SECRET_VARIABLES'], '');
  });

  it("lets a pipeline variable win over the step's env", async () => {
    const step = { environment: { AWS_REGION: 'from-env', ELSE: 'kept' } };
    const { environment } = await runOnce('', step, { variables: { aws_region: 'from-variable' } });
    assert.equal(environment['AWS_REGION'], 'from-variable');
    assert.equal(environment['ELSE'], 'kept');
  });

  it('holds the endpoint that a connection input names, with its data, and the job token', async () => {
    await inJob(
      { endpoints: [connection], accessToken: 'job-token', collectionUri: 'http://127.0.0.1:9/org' },
      async job => {
        const taskDirectory = writeTask({ main: '', json: { inputs } });
        const { environment } = await job.runTask({
          taskDirectory,
          inputs: { serviceConnection: `{${connection.id}}` },
        });
        assert.equal(environment[`ENDPOINT_URL_${id}`], 'https://management.azure.com/');
        assert.equal(environment[`ENDPOINT_AUTH_SCHEME_${id}`], 'WorkloadIdentityFederation');
        assert.equal(environment[`ENDPOINT_AUTH_PARAMETER_${id}_SERVICEPRINCIPALID`], 'app-id-4711');
        assert.deepEqual(JSON.parse(environment[`ENDPOINT_AUTH_${id}`] ?? ''), {
          parameters: connection.parameters,
          scheme: connection.scheme,
        });
        assert.equal(environment[`ENDPOINT_DATA_${id}_NOTE`], '4711');
        assert.equal(environment['ENDPOINT_URL_SYSTEMVSSCONNECTION'], 'http://127.0.0.1:9/org/');
        assert.equal(environment['ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN'], 'job-token');
        assert.equal(
          Object.keys(environment).some(name => name.startsWith('ENDPOINT_DATA_SYSTEM')),
          false,
        );
      },
    );
  });

  for (const value of [
    'wif',
    '$(missing)',
    '6c2f3ae2-0000-4222-8333-444455556666',
    '00000000-0000-0000-0000-000000000000',
  ])
    it(`leaves out endpoints for the value ${value}`, async () => {
      await inJob({ endpoints: [connection] }, async job => {
        const taskDirectory = writeTask({ main: '', json: { inputs } });
        const { environment } = await job.runTask({ taskDirectory, inputs: { azureSubscription: value } });
        const endpoints = Object.keys(environment).filter(name => name.startsWith('ENDPOINT_URL_'));
        assert.deepEqual(endpoints, ['ENDPOINT_URL_SYSTEMVSSCONNECTION']);
      });
    });

  it("refuses a connection of another type than its input's, as the server does, but not one that a variable names", async () => {
    await inJob({ endpoints: [{ ...connection, type: 'AWS' }], variables: { later: id } }, async job => {
      const taskDirectory = writeTask({ main: '', json: { inputs } });
      const run = (serviceConnection: string) =>
        job.runTask({ taskDirectory, inputs: { serviceConnection }, condition: 'always' });
      const refused = await run(id);
      assert.equal(refused.result, 'Failed');
      assert.match(refused.log.join('\n'), /expects a service connection of type AzureRM but .* wif is of type AWS/);
      const { environment } = await run('$(later)');
      assert.ok(`ENDPOINT_AUTH_${id}` in environment);
    });
  });

  it('names the step, or not where it has no reference name', async () => {
    await inJob({}, async job => {
      const taskDirectory = writeTask({ main: '' });
      const named = await job.runTask({ taskDirectory, refName: 'aws', displayName: 'Get $(build.buildId)' });
      assert.equal(named.environment['SYSTEM_TASKINSTANCENAME'], 'aws');
      assert.equal(named.environment['SYSTEM_TASKDISPLAYNAME'], 'Get 4711');
      assert.match(named.environment['SYSTEM_TASKINSTANCEID'] ?? '', /^[0-9a-f-]{36}$/);
      const classic = await job.runTask({ taskDirectory, refName: '' });
      assert.equal(classic.environment['SYSTEM_TASKINSTANCENAME'], '');
      const automatic = await job.runTask({ taskDirectory });
      assert.equal(automatic.environment['SYSTEM_TASKINSTANCENAME'], 'Throwaway');
      assert.equal(job.variable('system.taskInstanceId'), undefined);
    });
  });

  it("holds the agent's proxy and certificates, their passwords as secrets", async () => {
    const agent = {
      version: '4.300.0',
      proxy: { url: 'http://proxy:3128', username: 'u', password: 'proxy-pass', bypassList: ['^localhost$'] },
      certificates: {
        caFile: '/ca.pem',
        client: { certificate: '/c', key: '/k', archive: '/p', password: 'cert-pass' },
      },
    };
    const { environment } = await runOnce('', {}, { agent });
    assert.equal(environment['AGENT_PROXYURL'], 'http://proxy:3128');
    assert.equal(environment['SECRET_AGENT_PROXYPASSWORD'], 'proxy-pass');
    assert.equal(environment['AGENT_PROXYPASSWORD'], undefined);
    assert.equal(environment['AGENT_PROXYBYPASSLIST'], '["^localhost$"]');
    assert.equal(environment['AGENT_CAINFO'], '/ca.pem');
    assert.equal(environment['SECRET_AGENT_CLIENTCERTPASSWORD'], 'cert-pass');
    assert.equal(environment['AGENT_VERSION'], '4.300.0');
    assert.equal(environment['AGENT_SKIPCERTVALIDATION'], undefined);
  });

  it('is a release in a release: folders, variables, server, access token', async () => {
    const { environment } = await runOnce('', {}, { hostType: 'release' });
    assert.equal(environment['SYSTEM_HOSTTYPE'], 'release');
    assert.equal(environment['SYSTEM_TEAMFOUNDATIONSERVERURI'], 'https://vsrm.dev.azure.com/contoso/');
    assert.equal(environment['SYSTEM_DEFAULTWORKINGDIRECTORY'], environment['AGENT_RELEASEDIRECTORY']);
    assert.equal(environment['RELEASE_ATTEMPTNUMBER'], '1');
    assert.equal(environment['BUILD_BUILDID'], undefined);
    assert.equal(environment['SECRET_SYSTEM_ACCESSTOKEN'], undefined);
    const allowed = await runOnce(
      '',
      {},
      { hostType: 'release', accessTokenVariable: 'plain', accessToken: 'classic-token' },
    );
    assert.equal(allowed.environment['SYSTEM_ACCESSTOKEN'], 'classic-token');
  });

  it('takes the sting out of what others wrote, and lets variables be left out', async () => {
    const variables = { 'build.sourceVersionMessage': 'x ##VSO[task.complete]', 'system.oidcRequestUri': undefined };
    const { environment } = await runOnce('', {}, { variables });
    assert.equal(environment['BUILD_SOURCEVERSIONMESSAGE'], 'x **vso[task.complete]');
    assert.equal('SYSTEM_OIDCREQUESTURI' in environment, false);
  });

  it('fails the step for a NUL in a value', async () => {
    const { result, issues } = await runOnce('', {}, { variables: { x: 'a\0b' } });
    assert.equal(result, 'Failed');
    assert.match(issues[0]?.message ?? '', /value of environment variable 'X' contains a NUL/);
  });

  it('is what the process really gets, in the working directory, with nothing to read', async () => {
    const main = `
      const { readFileSync } = require('node:fs');
      console.log(JSON.stringify([process.env, process.cwd(), process.argv[1], readFileSync(0, 'utf8')]));`;
    const { environment, rawLines } = await runOnce(main);
    const [env, cwd, script, stdin] = JSON.parse(rawLines[0] ?? '') as [object, string, string, string];
    // On Windows libuv adds what programs cannot do without: HOMEDRIVE, TEMP, USERPROFILE and the like.
    const added = process.platform === 'win32' ? Object.keys(env).filter(name => !(name in environment)) : [];
    const given = Object.entries(env).filter(([name]) => !added.includes(name));
    assert.deepEqual(Object.fromEntries(given), environment);
    assert.deepEqual(
      added.filter(name => /^(?:AWS|INPUT|SECRET|ENDPOINT|SYSTEM_|AGENT_|BUILD_)/.test(name)),
      [],
    );
    assert.equal(cwd, environment['SYSTEM_DEFAULTWORKINGDIRECTORY']);
    assert.ok(script.startsWith(join(environment['AGENT_WORKFOLDER'] ?? '', '_tasks', 'Throwaway_')), script);
    assert.equal(stdin, '');
  });

  it('puts prepended paths in front, last first', async () => {
    await inJob({ inheritedEnvironment: { PATH: '/usr/bin' } }, async job => {
      const main = printing(
        '##vso[task.prependpath]/one',
        '##vso[task.prependpath]/two',
        '##vso[task.prependpath]/one',
      );
      await job.runTask({ taskDirectory: writeTask({ main }) });
      const { environment } = await job.runScript({ command: process.execPath, args: ['-e', ''] });
      assert.equal(environment['PATH'], ['/one', '/two', '/usr/bin'].join(delimiter));
    });
  });
});

describe('harness: environment of a script', () => {
  after(removeThrowaways);

  it('holds plain variables and the expanded env block, and no secret', async () => {
    const options = { secretVariables: { AWS_SECRET_ACCESS_KEY: 'k3y' }, variables: { AWS_REGION: 'eu-west-1' } };
    await inJob({ ...options, endpoints: [connection] }, async job => {
      const script = { command: process.execPath, args: ['-p', 'JSON.stringify(process.env)'] };
      const { rawLines } = await job.runScript({ ...script, environment: { MAPPED: '$(AWS_SECRET_ACCESS_KEY)' } });
      const environment = JSON.parse(rawLines[0] ?? '') as Record<string, string>;
      assert.equal(environment['AWS_REGION'], 'eu-west-1');
      assert.equal(environment['MAPPED'], 'k3y');
      assert.deepEqual(
        Object.keys(environment).filter(name =>
          /^(SECRET_|ENDPOINT_AUTH|INPUT_|VSTS_(PUBLIC|SECRET)_VARIABLES)/.test(name),
        ),
        [],
      );
    });
  });
});
