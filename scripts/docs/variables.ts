import { clientSwitches } from '../../src/handoff/client-switches.ts';
import { planVariables, type Variable } from '../../src/handoff/variables.ts';
import { Secret } from '../../src/secret.ts';

const key = new Secret('0123456789abcdef');

/** Returns all variables that the task can set, with a prefix or without. */
export function listVariables(prefix: string): readonly Variable[] {
  const session = {
    role: {
      text: 'arn:aws:iam::111111111111:role/a',
      partition: 'aws',
      accountId: '111111111111',
      path: '/',
      name: 'a',
    },
    assumedRoleArn: 'arn:aws:sts::111111111111:assumed-role/a/b',
    credentials: { accessKeyId: key, secretAccessKey: key, sessionToken: key, expiration: new Date(0) },
    life: { opened: { hostMs: 0, sinceBootMs: 0 }, lastsMs: 3_600_000 },
    hostAheadMs: 0,
  } as const;
  return planVariables(
    { session, region: 'eu-west-1' },
    {
      prefix,
      setVariables: true,
      outputCredentials: true,
      hasReferenceName: true,
      sharedRegion: 'eu-west-1',
      profiles: { configFile: '/a', credentialsFile: '/b', defaultProfile: 'c' },
      switches: clientSwitches,
    },
  );
}

/** What each variable holds, and when it is set. */
const meanings: Readonly<Record<string, readonly [holds: string, when: string]>> = {
  AWS_ACCESS_KEY_ID: ['access key ID of the session', '`setVariables`; output: `outputCredentials`'],
  AWS_SECRET_ACCESS_KEY: ['its secret access key', '`setVariables`; output: `outputCredentials`'],
  AWS_SESSION_TOKEN: ['its session token', '`setVariables`; output: `outputCredentials`'],
  'AWS.AccessKeyID': ['the same, for the AWS Toolkit', '`setVariables`, no prefix'],
  'AWS.SecretAccessKey': ['the same', '`setVariables`, no prefix'],
  'AWS.SessionToken': ['the same', '`setVariables`, no prefix'],
  AWS_REGION: ['the Region', 'plain form: all roles of the step share one Region'],
  AWS_DEFAULT_REGION: ['the same, for tools that read this name', 'no prefix; all roles share one Region'],
  AWS_CONFIG_FILE: ['path of the config file with the Regions', '`writeProfile`'],
  AWS_SHARED_CREDENTIALS_FILE: ['path of the file with the credentials', '`writeProfile`'],
  AWS_PROFILE: ["the job's default profile", '`writeProfile`, `roleArn`; with a prefix, if the job has none'],
  AWS_SDK_LOAD_CONFIG: ['`1`: older SDKs then read profile files', '`writeProfile`'],
  AWS_EC2_METADATA_DISABLED: ["`true`: no AWS SDK uses the machine's instance role", '`writeProfile`'],
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: ["empty: no client uses a container's role", '`writeProfile`'],
  AWS_CONTAINER_CREDENTIALS_FULL_URI: ['`disabled:AWSAssumeRoleWIF`: the same', '`writeProfile`'],
  AWS_ACCOUNT_ID: ["the account's 12 digits", '`roleArn`'],
  AWS_ASSUMED_ROLE_ARN: ["the session's ARN, `arn:aws:sts::…:assumed-role/…`", '`roleArn`'],
  AWS_CREDENTIAL_EXPIRATION: ["when it ends by the agent's clock, RFC 3339 in UTC", '`roleArn`'],
};

/** Returns the page about the task's variables, as Markdown that is still to be formatted. */
export function describeVariables(): string {
  return [
    '# Variables',
    '',
    '<!-- Made by npm run docs from what the code sets: change scripts/docs/variables.ts. -->',
    '',
    'What a step sets for later steps of its job. Plain means `$(NAME)`, output means `$(step.NAME)` with the `name:` (classic: reference name) of the step; a step without one sets no output variables. Prefixed means that `variablePrefix: NETWORK_` makes it `NETWORK_<variable>`. Nothing else is ever set.',
    '',
    '| variable | plain | output | with a prefix | holds | set with |',
    '| --- | --- | --- | --- | --- | --- |',
    ...describeRows(),
    '',
    rules,
    '',
  ].join('\n');
}

function describeRows(): readonly string[] {
  const plain = listVariables('');
  const prefixed = listVariables('NETWORK_').map(({ name }) => name);
  return [...new Set(plain.map(({ name }) => name))].map(name => {
    const meaning = meanings[name];
    if (meaning === undefined) throw new Error(`scripts/docs/variables.ts does not say what ${name} holds`);
    const [holds, when] = meaning;
    const form = (output: boolean): string =>
      describeForm(plain.find(one => one.name === name && one.output === output));
    const same = prefixed.includes(name) ? 'same name' : 'not set';
    const withPrefix = prefixed.includes(`NETWORK_${name}`) ? 'prefixed' : same;
    return `| \`${name}\` | ${form(false)} | ${form(true)} | ${withPrefix} | ${holds} | ${when} |`;
  });
}

function describeForm(variable: Variable | undefined): string {
  if (variable === undefined) return '';
  return variable.value instanceof Secret ? 'secret' : 'yes';
}

const rules = `\`setVariables\`, \`outputCredentials\`, \`writeProfile\`, \`roleArn\` and the prefix (\`variablePrefix\`) are [inputs](inputs.md). A step with \`profiles\` alone has no main role: it sets no keys, no default profile and no output variables.

## Who sees them

| reader | plain variables | secret variables |
| --- | --- | --- |
| \`script\`, \`bash\`, \`pwsh\`, \`powershell\` steps | in the environment, automatically | only through an \`env:\` block |
| tasks written in Node or PowerShell | in the environment | by the task library, all of them |
| another job or stage | no | no; see [Credentials in another stage](security.md#credentials-in-another-stage) |

No task can set a variable that the pipeline declares \`readonly\`. Several uses of the task in a job share the profile files; keys, \`AWS.*\`, Region and \`AWS_PROFILE\` are always those of the last use without a prefix.

## Which one to use

| the later step is | use |
| --- | --- |
| Terraform, OpenTofu, AWS CLI, CDK, an AWS SDK of [clients.md](clients.md) | nothing: the profile is found |
| the same, for another role of \`profiles\` | \`profile = "network"\`, \`aws --profile network\`, \`export AWS_PROFILE=network\` |
| a task of the AWS Toolkit | nothing: leave its \`awsCredentials\` empty |
| a tool that cannot read a profile (\`docker run\`) | all three keys through \`env:\`, in a job with \`writeProfile: false\` |

An \`env:\` block cannot change \`AWS_PROFILE\` where the pipeline variable of that name is set: set it within the script. Don't map keys next to a profile, since some SDKs let the profile win and others the keys.

\`\`\`yaml
steps:
  - task: AWSAssumeRoleWIF@1
    name: aws
    inputs:
      serviceConnection: wifconnectionname
      roleArn: arn:aws:iam::111111111111:role/deploy
      region: eu-west-1
      writeProfile: false
  - script: docker run --rm -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN -e AWS_REGION amazon/aws-cli s3 ls
    env:
      AWS_ACCESS_KEY_ID: $(AWS_ACCESS_KEY_ID)
      AWS_SECRET_ACCESS_KEY: $(AWS_SECRET_ACCESS_KEY)
      AWS_SESSION_TOKEN: $(AWS_SESSION_TOKEN)
  - script: echo "account $(aws.AWS_ACCOUNT_ID), until $(aws.AWS_CREDENTIAL_EXPIRATION)"
\`\`\`

## Other identities on the agent

With profile files a later step acts as the role or fails, with every client that [was tried](clients.md) except those that [ignore the switch](clients.md#clients-that-ignore-the-switch). \`AWS_EC2_METADATA_DISABLED=true\` keeps clients from the instance role of the agent's machine: without it, some use that role when a profile fails. A variable of the job with another value is overwritten, with a warning. A value that the agent's own machine sets is kept, with a warning: only exactly \`true\` turns the instance role off. The \`AWS_CONTAINER_CREDENTIALS_*\` keep them from a container's role that appears later, through a step's \`env:\` or its container: older SDKs for Go, Ruby and JavaScript use it when a profile fails. One is empty, the other a URL without a host, which clients refuse before any request. Clients of MinIO's library (restic) do not know the switch, but with such a URL they no longer look for the instance role either. A secret variable of one of these names is [an error](troubleshooting.md#profilehidden), because it would stay secret, and later steps would not get the value.

With \`writeProfile: false\` these variables are not set: a client that gets no keys may find \`~/.aws\`, a container's role or the instance role of the agent. The same is true after a step that failed: a later step that still runs (\`continueOnError\`, \`condition: always()\`) acts as whatever identity the agent has.

None of these variables reaches a program that starts with an environment of its own: through \`sudo\` without \`-E\`, \`su -\`, \`ssh\`, \`docker run\`, a service. It may act as any identity that it finds. \`sudo -E\` works with \`refreshCredentials: false\`; the helper serves the agent's user only.

To use the instance role in one step on purpose, change these variables within the script. An \`env:\` block cannot: variables of the job overwrite it. For a task without a script use a job of its own, without this task.

\`\`\`yaml
steps:
  - bash: |
      unset AWS_PROFILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI
      export AWS_EC2_METADATA_DISABLED=false
      aws sts get-caller-identity
  - pwsh: |
      Remove-Item Env:AWS_PROFILE, Env:AWS_CONTAINER_CREDENTIALS_*
      $env:AWS_EC2_METADATA_DISABLED = 'false'
      aws sts get-caller-identity
\`\`\`

Tried with the AWS CLI, botocore and the SDKs for Go v2 and JavaScript v3; the profile must not be called \`default\`. The role is then used by everything in that script.

On ECS and EKS the agent's environment has \`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI\`, \`AWS_CONTAINER_CREDENTIALS_FULL_URI\`, or \`AWS_ROLE_ARN\` with \`AWS_WEB_IDENTITY_TOKEN_FILE\`, and the task refuses to write profiles beside them: the SDK for JavaScript v3 uses a container's role when a profile fails, whatever the switch says. Empty the container variables that the agent has, for the job; every client that was tried then acts as the role:

\`\`\`yaml
variables:
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: ''
  AWS_CONTAINER_CREDENTIALS_FULL_URI: ''
\`\`\`

JavaScript v3 and Go ignore empty values. The AWS CLI and botocore read an empty value only if they find no profile, and then fail.

Unset \`AWS_ROLE_ARN\` and \`AWS_WEB_IDENTITY_TOKEN_FILE\` where the agent starts (\`unset AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE\` before \`./run.sh\`). If a job empties them instead, most clients work, but the SDK for Ruby and the CRT fail. If the pipeline itself sets \`AWS_ROLE_ARN\`, for \`roleArn: $(AWS_ROLE_ARN)\` for example, rename it.

## Settings that others add

The task keeps what another step adds to its files (\`aws configure set output json\`, or a profile under another name) and ignores it. If a step changes the task's own profiles, such as their keys or Region, the next use of the task fails with [an error](troubleshooting.md#profilefileunreadable). All of it is deleted when the job ends.

\`aws eks update-kubeconfig\` writes \`AWS_PROFILE\` with the profile's name into a kubeconfig that outlives the job. Keep it within the job, and let kubectl take the profile of the job it runs in:

\`\`\`yaml
steps:
  - bash: |
      export KUBECONFIG="$AGENT_TEMPDIRECTORY/kubeconfig"
      aws eks update-kubeconfig --name my-cluster
      kubectl get pods
\`\`\`

## Variables that the task reads

\`AWS_REGION\`, then \`AWS_DEFAULT_REGION\`, if \`region\` is empty. From Azure Pipelines: the service connection and the job's access token, both provided by the agent, System.OidcRequestUri, System.CollectionId, System.JobId, System.HostType, Agent.TempDirectory, and, for the session name, the run's names and numbers. For the network see [network.md](network.md). \`AWS_SDK_LOAD_CONFIG\` and \`AWS_EC2_METADATA_DISABLED\`, to warn of other values. All other \`AWS_*\` variables change nothing about the requests; those that would hide a profile are [an error](troubleshooting.md#profilehidden).`;
