import type { Client } from '../../test/clients/client.ts';
import type { Cell, Report } from '../../test/clients/matrix.ts';
import { states } from '../../test/clients/states.ts';
import { keys } from '../../test/clients/surroundings.ts';

/** Returns the page about clients, as Markdown that is still to be formatted, from what a whole matrix came to. */
export function describeClients(clients: readonly Client[], report: Report): string {
  const apart = clients.filter(({ ignoresSwitch }) => ignoresSwitch === true);
  return [
    intro,
    ...clients.map(client => {
      const { reads, needs } = client.notes;
      return `- **${client.name}** ${readVersion(client, report)}: reads ${reads}. Needs ${needs}.`;
    }),
    endings,
    ...listTogether(clients, client => describeEnds(client, report)),
    switchIgnored(apart),
    ownKeys,
    ...listTogether(clients, client => describeWinners(client, report)),
    clocks(clients, report),
    failures,
    ...clients.flatMap(client => describeFailures(client, report)),
    notTried,
    '',
  ].join('\n');
}

const works = states.filter(({ works: isUsable, mapsKeys }) => isUsable && mapsKeys !== true);

const intro = `# Clients

<!-- Made by npm run clients from what real clients did: change scripts/docs/clients.ts and test/clients. -->

How AWS clients behave in the steps after the task. Each client ran in a step after the packed task, and stand-ins for AWS recorded whose credentials signed each request. Each ran on a plain machine, on one with an instance role, with container credentials that appear in the step, with the agent's own \`~/.aws\`, and with a clock two hours slow or fast. The old versions are those of Debian 12.

**Every run acted as the step's role, or failed without acting as anybody else.** Two exceptions: [clients that ignore the switch](#clients-that-ignore-the-switch), and [the step's own keys](#a-steps-own-keys).

## What they read
`;

const endings = `
## Whom they act as

What was tried:

- _static_, _refreshing_: a profile with keys (\`refreshCredentials: false\`), and one that refreshes itself (\`true\`)
- _refreshed once_: the first session had expired, and the helper opened another
- _helper failing_: the session had expired, and Azure DevOps rejected the job's token
- _session over_: AWS no longer accepts the keys in a static profile
- _files removed_: the job has ended, but one of its processes still runs
- _another profile_: \`AWS_PROFILE=network\`, exported in the script
- _a missing profile_: a name that no profile has
- _keys mapped_: the three keys in the step's \`env:\` block

What happened; _role_ is the step's role:
`;

const ownKeys = `
## A step's own keys

A step can have another role's keys in its environment, from an \`env:\` block or a task with its own connection. Beside our profile, these usually win. Avoid it.
`;

const failures = `
## What they print when they fail

[troubleshooting.md](troubleshooting.md) explains the codes.
`;

const notTried = `
## Not tried

- AWS CDK: it uses the SDK for JavaScript v3.
- Serverless Framework 3 (tried manually, 3.40): it finds a profile with keys, but does not run \`credential_process\`. Use \`refreshCredentials: false\`.
- SDK for C++ (tried manually, PyArrow 25): it finds profiles with keys, and those that refresh themselves.
- AWS Tools for PowerShell: by public reports they do not read \`AWS_PROFILE\`. Name the profile (\`-ProfileName\`, \`Set-AWSCredential\`) or map the keys by \`env:\`.
- SDK for Java 1.x: it looks for the profile in the file that \`AWS_CREDENTIAL_PROFILES_FILE\` names ([differences](https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/migration-client-credentials.html)). In the script: \`export AWS_CREDENTIAL_PROFILES_FILE="$AWS_SHARED_CREDENTIALS_FILE"\`.
- The SDKs for Java 2.x, .NET, PHP, Rust, Kotlin and Swift. AWS documents the same variables for them ([support by SDK](https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html)). Try \`GetCallerIdentity\` first.`;

function switchIgnored(apart: readonly Client[]): string {
  return `
## Clients that ignore the switch

If they cannot use the profile, ${apart.map(({ name }) => name).join(', ')} act as the **instance role** of the agent's machine, whatever \`AWS_EC2_METADATA_DISABLED\` says. No variable can stop them. On a machine with an instance role, map the three keys in their step by \`env:\`: then they act as the role or fail. You can also remove the role from the machine, or block the metadata service for the agent's user ([IMDS access](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-limiting-access.html)).
`;
}

function clocks(clients: readonly Client[], { skips }: Report): string {
  const blind = clients.filter(({ name }) => skips.some(({ client }) => client === name)).map(({ name }) => name);
  return `
## A clock that is off

All of this also applies if the clock is off, as long as the client reads the shifted clock${blind.length > 0 ? `; this could not be tested with ${blind.join(', ')}, because Go programs bypass libfaketime` : ''}. The stand-in accepts signatures with any date. AWS rejects those that are more than five minutes off, so a client that does not correct its clock from AWS's response then fails.
`;
}

function readVersion({ name }: Client, { clients }: Report): string {
  return clients.find(client => client.name === name)?.version ?? '';
}

function describeEnds({ name: client }: Client, { cells }: Report): string {
  const own = cells.filter(cell => cell.client === client && cell.surroundings !== keys.name);
  return group(states.map(({ name }) => [name, summarize(own.filter(({ state }) => state === name))]));
}

/** Clients that behave the same share a line. */
function listTogether(clients: readonly Client[], describe: (client: Client) => string): readonly string[] {
  const lines = clients.map(client => ({ name: `**${client.name}**`, text: describe(client) }));
  return [...new Set(lines.map(({ text }) => text))].map(
    text => `- ${listNames(lines.filter(line => line.text === text))}: ${text}`,
  );
}

/** A client's states by how they end, in the order of the states. */
function group(ends: readonly (readonly [state: string, end: string])[]): string {
  const all = [...new Set(ends.map(([, end]) => end))];
  const parts = all.map(end => {
    const names = ends.filter(([, one]) => one === end).map(([state]) => state);
    return `${end} (${all.length > 1 ? names.join(', ') : 'always'})`;
  });
  return parts.join('; ');
}

function summarize(cells: readonly Cell[]): string {
  const words = cells.map(({ verdict }) => (verdict === 'instance' ? '**instance role**' : verdict));
  return [...new Set(words)].toSorted().join(' or ') || 'not tried';
}

function describeWinners({ name: client }: Client, { cells }: Report): string {
  const own = cells.filter(cell => cell.client === client && cell.surroundings === keys.name);
  const ends = [...works.map(({ name }) => name), 'helper failing'].map((state): [string, string] => [
    state,
    summarize(own.filter(cell => cell.state === state))
      .replace('role', 'our role')
      .replace('keys', "the step's keys"),
  ]);
  return group(ends);
}

function describeFailures(client: Client, { cells }: Report): readonly string[] {
  const own = cells.filter(cell => cell.client === client.name && cell.verdict === 'fails');
  const lines = states.map(({ name }) => {
    const cell = own.find(({ state, surroundings }) => state === name && surroundings === 'plain');
    const words = (cell ?? own.find(({ state }) => state === name))?.words;
    return { name, line: words === undefined ? undefined : quote(pickLine(words)) };
  });
  const said = [...new Set(lines.flatMap(({ line }) => line ?? []))];
  const rows = said.map(text => `- ${listNames(lines.filter(({ line }) => line === text))}: ${text}`);
  return ['', `### ${client.name}`, '', ...rows, `- What to do: ${client.notes.remedy}.`];
}

function listNames(lines: readonly { readonly name: string }[]): string {
  return lines.map(({ name }) => name).join(', ');
}

/** The line that says most: a code of ours, else the client's last word on credentials. */
function pickLine(words: string): string {
  const lines = words.split('\n').map(line => line.trim());
  const code = lines.find(line => /TokenRequest\w+: /.test(line));
  const own = lines.filter(line => telling.test(line) && !noise.test(line));
  return code ?? own.at(-1) ?? lines.findLast(line => line !== '') ?? 'nothing';
}

const telling = /credential|profile|expired|denied|accepted|not be found|no valid|unable to sign|forbidden/i;
const noise = /^(?:at |from |File |- |self\.|raise )|Warning|For verbose|npm|"[^"]+": "|^\^/;

/** Without what differs from run to run. */
function quote(line: string): string {
  const text = line
    .replace(/(TokenRequest\w+: [^,"]*).*/, '$1, …')
    .replace(/^\d{4}\/\d\d\/\d\d [\d:]+ /, '')
    .replaceAll(/(?:http:\/\/)?127\.0\.0\.1:\d+/g, '…')
    .replaceAll(/(?<=^|[\s'"(])\/(?:[^\s'":,/]+\/)+/g, '…/')
    .replaceAll('`', "'");
  return `\`${text.length > 160 ? `${text.slice(0, 160)}…` : text}\``;
}
