/**
 * What SECURITY.md promises, sentence by sentence in its order: how the sentence begins, and the tests that attack it, each
 * as the file below test/ and words of the test's name as they are in its source.
 */
export const attacks: readonly (readonly [
  begins: string,
  ...tests: readonly (readonly [file: string, name: string])[],
])[] = [
  [
    'No variable steers where',
    ['bundles/steered-programs', 'those that decide nothing, by a pose'],
    ['identity/token-url', 'calls no other host, whatever the variable says'],
  ],
  [
    "A variable's own names",
    ['azure-devops/job-environment', "is never taken for another's than those who can have set it"],
  ],
  [
    'Folder: ',
    ['tasks/temp-folder', 'is refused where Agent.TempDirectory is another folder or none'],
    ['bundles/steered-programs', 'the folder of this use goes, and no other'],
  ],
  [
    'Token: ',
    ['identity/token-url', 'for contoso`'],
    ['identity/token-url', 'refuses a port of its own on the host this agent is registered with'],
  ],
  [
    'Connection: ',
    ['azure-devops/job-environment', 'posed as a parameter or as data that an endpoint lacks is neither, nor itself'],
    ['bundles/steered-programs', 'each as a parameter that an endpoint lacks'],
  ],
  [
    'Session name and Region: ',
    ['tasks/run-names', 'set to another is a conflict that names both'],
    ['tasks/run-names', 'a witness that is posed, too, is none'],
  ],
  [
    '`AWS_ENDPOINT_URL`, `AWS_PROFILE`',
    ['aws/sts', 'with a hostile environment and a hostile ~/.aws/config no request is changed'],
    ['bundles/hostile-environment', 'changes nothing for '],
  ],
  ['Regions match', ['session/region', 'calls no host but the computed one, whatever passes for a region']],
  ['Endpoints are https', ['tasks/inputs/role', 'never throws, and takes only https or literal loopback']],
  [
    "The ID token must be this connection's",
    ['identity/check-id-token', 'and says that it was not sent to AWS'],
    ['bundles/core-attacks', 'an Entra subject where the job does not say its organization'],
  ],
  ["The session's ARN must match", ['session/credentials', 'refuses another ${part}']],
  [
    "An Azure DevOps connection's issuer",
    ['identity/check-id-token', 'whatever the settings say, and shows what was expected'],
    ['bundles/azure-devops-connection', 'does not send AWS a new ID token of another form'],
  ],
  [
    "A connection in the other kind's input",
    ['tasks/inputs/connection', 'connectionType ${type}, ${JSON.stringify('],
    ['bundles/failures', 'for (const row of group) it(row[0]'],
  ],
  ['Keys that it stores', ['bundles/failures', 'for (const row of group) it(row[0]']],
  ['The task never reads or falls back', ['bundles/hostile-environment', 'changes nothing for ']],
  ['The code that could look', ['supply/allow-list', 'keeps code that looks for credentials']],
  [
    'Certificates are always verified',
    ['host/tls', 'with NODE_TLS_REJECT_UNAUTHORIZED=0 and ${name}'],
    ['host/http-over-tls', 'NODE_TLS_REJECT_UNAUTHORIZED=0 set around a call changes nothing'],
  ],
  [
    "The task trusts Node's own",
    ['azure-devops/node-trust', 'of the job is named, and trusted for nothing'],
    ['azure-devops/agent-certificates', 'where the agent has none, and where it has others'],
  ],
  ['In a container job', ['azure-devops/agent-certificates', 'where the file cannot be seen']],
  [
    'A proxy is used wherever',
    ['bundles/proxy-certificates', 'does not hold for a proxy that a variable of the job may have chosen'],
    ['bundles/proxy-certificates', 'leaves AWS STS of an unknown authority refused, in the task'],
  ],
  [
    'No redirect is followed',
    ['aws/sts', "a 3xx is a failure that names only the Location's host"],
    ['hardness/sts-answers', 'quickly, and shows nothing of it'],
  ],
  [
    'Messages of AWS and Azure DevOps',
    ['hardness/fuzz/output', 'two neutralised texts side by side make no command'],
    ['handoff/summary', 'whatever the names of a whole summary'],
    ['bundles/hostile-text', 'does nothing and is not printed as it is'],
  ],
  [
    'The ID token, the three keys',
    ['hardness/fuzz/output', 'Base64 of a secret at any place in other text holds one of the registered forms'],
    ['bundles/canaries', 'shows no secret in '],
  ],
  [
    'Tokens, keys, bodies and headers',
    ['bundles/core-attacks', 'NODE_DEBUG shows no header'],
    ['aws/sts', 'an error shows neither the token nor the body'],
  ],
  ["The job's token, the agent's proxy URL", ['bundles/profile-canaries', 'shows no secret']],
  [
    'Nothing is published unless',
    ['bundles/many-roles', 'hands on nothing where'],
    ['hardness/full-disk', 'fails whole or succeeds whole, however little room there is'],
  ],
  ['Cancelling publishes nothing', ['bundles/cancel', 'ends at once while it waits for']],
  [
    'Each request, each service',
    ['bundles/refresh-crash', 'ends a caller within 45 s'],
    ['hardness/task-faults', 'one clear failure, nothing handed on or shown'],
  ],
  ['Every text from outside has a length limit', ['host/bypass-list', 'ends, and matches nothing']],
  [
    'The manifest allows exactly',
    ['tasks/inputs/values', 'begins with no name of Azure Pipelines or AWS'],
    ['package/check-package', 'finds, without the schema'],
  ],
  [
    "The folder is named by the job's ID",
    ['bundles/planted', "in the place of the job's folder"],
    ['host/private-folder', 'once another private folder took its place'],
    ['bundles/tampered', 'is cleared away where somebody'],
  ],
  [
    'On Windows an access list without inheritance',
    ['host/windows/private-folder', 'asks who the user is before there is a folder that others may use'],
  ],
  ['Each later use reads it back', ['host/windows/private-folder', 'is refused where ']],
  ['A list in an unknown form', ['host/windows/access-list', 'is not private: ']],
  ['Entries for Administrators', ['host/windows/access-list', 'is private: ']],
  [
    '`credential_process` holds only',
    ['handoff/credential-process', 'gives a shell back every path that it writes, whatever the path'],
    ['handoff/profile-text', 'writes nothing that begins a line of its own, whatever the value'],
    ['hardness/fuzz/files', 'a shell reads the very paths, or there is none'],
  ],
  [
    '`AWS_EC2_METADATA_DISABLED=true`',
    ['bundles/instance-role', 'is out of reach of the ${client.name} once the task has run'],
    ['handoff/client-switches', 'a secret variable stays secret'],
    ['clients/clients', 'ends as the role, or fails as nobody'],
  ],
  [
    'A variable of another name that becomes',
    ['handoff/claimed-names', 'under each other name that becomes it'],
    ['bundles/steered-programs', 'beside ${name}: ${code}'],
  ],
  [
    'An error that names the variable',
    ['bundles/hostile-environment', 'writes no profile that ${name} in ${way} would hide'],
  ],
  [
    'Endpoint, Region, proxy and CAs',
    ['bundles/refresh-environment', "in the caller's environment changes nothing"],
    ['bundles/refresh-same-request', 'differs in nothing but tokens, hop credentials and signature'],
    ['bundles/refresh-crash', 'no cache torn or lost'],
  ],
  [
    'Cleanup uses no input',
    ['bundles/cleanup', 'does nothing with a pipeline variable that poses as a use, whatever it says'],
    ['handoff/cleanup', 'any pipeline variable can pose as one'],
    ['host/private-folder', 'empties a file that it cannot delete'],
  ],
  [
    'The builder writes only exact subjects',
    ['trust/build-admits', 'the connection gets in, whatever differs in one thing does not'],
    ['trust/findings', 'has rows for every finding'],
  ],
  [
    'The run summary offers one statement',
    ['bundles/diagnosis-hostile', 'harmless in log and summary'],
    ['bundles/diagnosis', "describe('bundles/diagnosis'"],
  ],
  [
    'Files of more than 50 MB',
    ['cli/wrong-usage', 'a policy over 50 MB'],
    ['cli/trust-files/read-trust-file', 'a policy far over the quota'],
    ['cli/trust-files/read-trust-file', 'a billion laughs'],
  ],
  [
    'No path in a file is opened',
    ['cli/trust-files/read-trust-file', 'keeps nothing of a plan or a state but trust policies'],
    ['cli/trust-files/read-trust-file', 'guesses nothing that only CloudFormation knows'],
  ],
  [
    'Quoted for each target',
    ['setup/template/quote', 'for HCL is a text that a parser of HCL takes for'],
    ['infra/terraform-values', 'let in connections of hostile names'],
    ['cli/live', 'prints nothing raw of a hostile name and cloud'],
  ],
  [
    'Only https to dev.azure.com',
    ['azure-devops/rest-api', 'follows no redirect, so that the token goes nowhere else'],
    ['azure-devops/rest-api', 'a server that says what it was sent'],
  ],
  ['Requests to AWS obey', ['cli/accounts/open', 'are seen by where requests go']],
  [
    'Account and principal are shown',
    ['cli/setup', 'credentials of another account: exit 1, and nothing but the question whose they are'],
    ['cli/setup-account', 'moved since the plan'],
    ['cli/setup-account', 'keeps what is of others'],
    ['account/exposure', 'roles that a provider exposes'],
  ],
  [
    'After every single call',
    ['migration/fleets', 'refuses and admits nobody on the way'],
    ['migration/finish/plan-finish', 'finish leaves'],
    ['migration/rollback', 'rollback knows whom it locks out'],
  ],
  [
    'Thumbprints come only from a valid chain',
    ['host/issuer/certificate-chain', 'is not taken where a certificate'],
    ['host/issuer/issuer', 'connects to public addresses only'],
    ['thumbprint/thumbprint', 'for a stranger at the end'],
  ],
  [
    'Exact versions; every bundled package',
    ['supply/allow-list', 'refuses what is new among ${key}'],
    ['supply/allow-list', 'has no installation script among what ships'],
    ['release/release', 'is of the same bytes in another clone, and packed at another time'],
  ],
  [
    'There is no token: publishing uses',
    ['release/workflows', 'refers to no stored secret'],
    ['release/workflows', 'compares the files with checksums'],
  ],
];
