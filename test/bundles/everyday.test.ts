import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../fakes/certificates.ts';
import { makeScratchFolder } from '../harness/scratch-folder.ts';
import type { JobOptions } from '../harness/types.ts';
import { openScene, type Scene } from './scene.ts';
import { agentEnvironment } from './secure-servers.ts';
import { listOwnWarnings, resetScene, runStep } from './task-run.ts';
import { packFirst } from './temp-files.ts';

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

/**
 * Pipelines and agents as people have them, several in one if none hides another. They pass, with nothing to warn of.
 */
function listPipelines(caFile: string): Readonly<Record<string, Pipeline>> {
  return {
    'a variable group with AWS.Region, an account id and a role name': ofPipeline({
      'AWS.Region': 'eu-west-1',
      AWS_ACCOUNT: '111111111111',
      'aws.role': 'deploy',
      AwsStack: 'network',
    }),
    'a variable group with another aws.region': ofPipeline({ 'aws.region': 'eu-central-1' }),
    'both region variables, and AWS.Region of the same value': ofPipeline({
      'AWS.Region': 'eu-west-1',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
    }),
    'the region by AWS_REGION alone': { ...ofPipeline({ AWS_REGION: 'eu-west-1' }), inputs: { region: '' } },
    'the region by AWS.Region alone': { ...ofPipeline({ 'AWS.Region': 'eu-west-1' }), inputs: { region: '' } },
    'variables of Node.js, npm and Terraform': ofPipeline({
      NODE_VERSION: '20.x',
      NODE_ENV: 'production',
      NODE_OPTIONS: '--max-old-space-size=8192',
      'node.version': '22',
      npm_config_cache: '/tmp/npm',
      TF_VAR_region: 'eu-west-1',
      TF_IN_AUTOMATION: 'true',
      TF_LOG: '',
    }),
    'NODE_VERSION behind an authority of the machine': {
      job: {
        variables: { ...run, NODE_VERSION: '20.x' },
        inheritedEnvironment: { ...agentEnvironment, NODE_EXTRA_CA_CERTS: caFile },
      },
    },
    'templates that write names of the agent as environment variables': {
      ...ofPipeline({
        BUILD_BUILDID: '$(Build.BuildId)',
        BUILD_DEFINITIONNAME: '$(Build.DefinitionName)',
        SYSTEM_JOBATTEMPT: '$(System.JobAttempt)',
        AGENT_TEMPDIRECTORY: '$(Agent.TempDirectory)',
        SYSTEM_COLLECTIONID: '$(System.CollectionId)',
        SYSTEM_OIDCREQUESTURI: '$(System.OidcRequestUri)',
        'System.Debug': 'false',
        SYSTEM_DEBUG: 'false',
      }),
      set: { SYSTEM_ACCESSTOKEN: 'token', version: '1.2.3', 'image.tag': 'main-4711', Image_Tag: 'main' },
    },
    'an agent with .proxy, a login, a bypass list and .certificates': {
      job: {
        agent: {
          proxy: {
            url: proxyUrl,
            username: 'agent',
            password: 'word-of-the-proxy',
            bypassList: ['\\.corp\\.example$'],
          },
          certificates: { caFile },
        },
      },
    },
    'an agent with VSTS_HTTP_PROXY': {
      job: { agent: { proxy: { url: proxyUrl } }, inheritedEnvironment: { ...agentEnvironment, VSTS_HTTP_PROXY: '' } },
    },
    'https_proxy and no_proxy of the machine': ofMachine({
      https_proxy: proxyUrl,
      no_proxy: 'localhost,.corp.example',
    }),
    'HTTPS_PROXY of the pipeline': ofPipeline({ HTTPS_PROXY: proxyUrl, HTTP_PROXY: proxyUrl, NO_PROXY: 'localhost' }),
    'certificates of the machine': ofMachine({ NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: caFile }),
    'a container job of an agent with .proxy and .certificates': {
      job: { container: true, agent: { proxy: { url: proxyUrl }, certificates: { caFile } } },
    },
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
      const warnings = listOwnWarnings(step);
      assert.deepEqual([step.result, warnings], ['Succeeded', []], step.log.join('\n'));
      assert.equal(scene.sts.calls[0]?.parameters['RoleSessionName'], 'infra-main-4711-1');
    });
  }
});
