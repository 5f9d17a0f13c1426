import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../fakes/certificates.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { JobOptions } from '../harness/types.ts';
import { openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { listIssues, resetScene, runStep } from './task-run.ts';
import { finishCleanly, packFirst } from './temp-files.ts';

interface Pipeline {
  readonly job?: JobOptions;
  /** What an earlier step sets. */
  readonly set?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
}

const proxyUrl = 'http://proxy.corp.example:3128';
const ofPipeline = (variables: JobOptions['variables']): Pipeline => ({ job: { variables: { ...run, ...variables } } });
const ofMachine = (environment: Readonly<Record<string, string>>): Pipeline => ({
  job: { inheritedEnvironment: { ...agentEnvironment, ...environment } },
});
const run = { 'Build.BuildId': '4711', 'System.JobAttempt': '1' };

/** Pipelines and agents as people have them. Each is one that passes, and there is nothing to warn of. */
function listPipelines(caFile: string): Readonly<Record<string, Pipeline>> {
  return {
    'nothing out of the ordinary': {},
    'a variable group with AWS.Region': ofPipeline({ 'AWS.Region': 'eu-west-1' }),
    'a variable group with another aws.region': ofPipeline({ 'aws.region': 'eu-central-1' }),
    'a variable group with AWS_REGION': ofPipeline({ AWS_REGION: 'eu-west-1' }),
    'both region variables': ofPipeline({ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' }),
    'AWS.Region beside an AWS_REGION of the same value': ofPipeline({
      'AWS.Region': 'eu-west-1',
      AWS_REGION: 'eu-west-1',
    }),
    'the region by a variable alone': { ...ofPipeline({ AWS_REGION: 'eu-west-1' }), inputs: { region: '' } },
    'the region by AWS.Region alone': { ...ofPipeline({ 'AWS.Region': 'eu-west-1' }), inputs: { region: '' } },
    'an account id and a role name': ofPipeline({
      AWS_ACCOUNT: '111111111111',
      'aws.role': 'deploy',
      AwsStack: 'network',
    }),
    NODE_VERSION: ofPipeline({ NODE_VERSION: '20.x' }),
    'NODE_VERSION behind an authority of the machine': {
      job: {
        variables: { ...run, NODE_VERSION: '20.x' },
        inheritedEnvironment: { ...agentEnvironment, NODE_EXTRA_CA_CERTS: caFile },
      },
    },
    NODE_ENV: ofPipeline({ NODE_ENV: 'production' }),
    'NODE_OPTIONS with more memory': ofPipeline({ NODE_OPTIONS: '--max-old-space-size=8192' }),
    'node.version and npm_config_cache': ofPipeline({ 'node.version': '22', npm_config_cache: '/tmp/npm' }),
    'a template with BUILD_BUILDID': ofPipeline({ BUILD_BUILDID: '$(Build.BuildId)' }),
    'a template with BUILD_DEFINITIONNAME': ofPipeline({ BUILD_DEFINITIONNAME: '$(Build.DefinitionName)' }),
    'a template with SYSTEM_JOBATTEMPT': ofPipeline({ SYSTEM_JOBATTEMPT: '$(System.JobAttempt)' }),
    'a template with AGENT_TEMPDIRECTORY': ofPipeline({ AGENT_TEMPDIRECTORY: '$(Agent.TempDirectory)' }),
    'a template with SYSTEM_COLLECTIONID': ofPipeline({ SYSTEM_COLLECTIONID: '$(System.CollectionId)' }),
    'a template with SYSTEM_OIDCREQUESTURI': ofPipeline({ SYSTEM_OIDCREQUESTURI: '$(System.OidcRequestUri)' }),
    'a template with SYSTEM_ACCESSTOKEN': { set: { SYSTEM_ACCESSTOKEN: 'token' } },
    'System.Debug': ofPipeline({ 'System.Debug': 'false' }),
    'SYSTEM_DEBUG beside System.Debug': ofPipeline({ 'System.Debug': 'false', SYSTEM_DEBUG: 'false' }),
    'a step that sets the version and the image': {
      set: { version: '1.2.3', 'image.tag': 'main-4711', Image_Tag: 'main' },
    },
    'Terraform variables': ofPipeline({ TF_VAR_region: 'eu-west-1', TF_IN_AUTOMATION: 'true', TF_LOG: '' }),
    'an agent with .proxy': { job: { agent: { proxy: { url: proxyUrl } } } },
    'an agent with .proxy, a login and a bypass list': {
      job: {
        agent: {
          proxy: {
            url: proxyUrl,
            username: 'agent',
            password: 'word-of-the-proxy',
            bypassList: ['\\.corp\\.example$'],
          },
        },
      },
    },
    'an agent with .certificates': { job: { agent: { certificates: { caFile } } } },
    'an agent with .proxy and .certificates': {
      job: { agent: { proxy: { url: proxyUrl }, certificates: { caFile } } },
    },
    'an agent with VSTS_HTTP_PROXY': {
      job: { agent: { proxy: { url: proxyUrl } }, inheritedEnvironment: { ...agentEnvironment, VSTS_HTTP_PROXY: '' } },
    },
    'https_proxy and no_proxy of the machine': ofMachine({
      https_proxy: proxyUrl,
      no_proxy: 'localhost,.corp.example',
    }),
    'HTTPS_PROXY of the pipeline': ofPipeline({ HTTPS_PROXY: proxyUrl, HTTP_PROXY: proxyUrl, NO_PROXY: 'localhost' }),
    'NODE_EXTRA_CA_CERTS of the machine': ofMachine({ NODE_EXTRA_CA_CERTS: caFile }),
    'NODE_USE_SYSTEM_CA of the machine': ofMachine({ NODE_USE_SYSTEM_CA: '1' }),
    'SSL_CERT_FILE of the machine': ofMachine({ SSL_CERT_FILE: caFile }),
    'a container job': { job: { container: true } },
    'a container job behind a proxy': { job: { container: true, agent: { proxy: { url: proxyUrl } } } },
    'a container job of an agent with .certificates': { job: { container: true, agent: { certificates: { caFile } } } },
  };
}

describe('bundles/everyday: pipelines as people write them pass, with nothing to warn of', () => {
  let scene: Scene;
  let caFile = '';

  before(async () => {
    packFirst();
    scene = await openScene();
    caFile = join(makeScratchFolder('authority'), 'ca.pem');
    writeFileSync(caFile, (await createAuthority()).pem);
  });

  after(() => scene.close());

  for (const name of Object.keys(listPipelines(''))) {
    it(name, async () => {
      resetScene(scene);
      const { job: options = {}, set = {}, inputs = {} } = listPipelines(caFile)[name] ?? {};
      const job = await scene.startJob(options);
      for (const [variable, value] of Object.entries(set)) job.setVariable(variable, value);
      const step = await runStep(scene, job, { inputs });
      // The stand-in's address is none of AWS.
      const warnings = listIssues(step, 'warning').filter(one => !one.startsWith('stsEndpoint '));
      assert.deepEqual([step.result, warnings], ['Succeeded', []], step.log.join('\n'));
      assert.equal(scene.sts.calls[0]?.parameters['RoleSessionName'], 'infra-main-4711-1');
      await finishCleanly(job);
    });
  }
});
