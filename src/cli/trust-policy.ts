import type { Command } from 'commander';
import { WifError } from '../errors.ts';
import { buildForIdentities, splitTrustPolicies, type BuiltTrustPolicy, type TrustTarget } from '../trust/build.ts';
import type { Account } from '../trust/oidc-provider.ts';
import { writeBounds } from '../trust/network/bounds.ts';
import { addNetworkOptions, readNetwork, type NetworkOptions } from './accounts/role-options.ts';
import { addAccountOptions, requireAccounts, type AccountOptions } from './accounts/options.ts';
import type { OpenAzureDevOps } from './connections/ask-azure-devops.ts';
import { addConnectionOptions, requireNamedConnections, type ConnectionOptions } from './connections/options.ts';
import { CliFailure, readAll } from './terminal/failure.ts';
import { escapeJsonText, type Report } from './terminal/report.ts';
import type { CommandShell } from './shell.ts';
import { settleConnections, type SettledConnection } from './connections/identities.ts';

interface TrustPolicyOptions extends ConnectionOptions, AccountOptions, NetworkOptions {
  readonly split?: boolean;
}

/** Defines `trust-policy`. */
export function addTrustPolicy(command: Command, { openAzureDevOps, run }: CommandShell): void {
  command.description(
    "Prints an IAM role's trust policy that allows only the named service connections: exact subjects and " +
      'audiences, one statement for each issuer. Name several by repeating --connection, or --connection-id, or both in the ' +
      'same order.',
  );
  addNetworkOptions(
    addAccountOptions(
      addConnectionOptions(command),
      "the role's AWS account (required); repeat it to get one policy per account",
    ),
  )
    .optionsGroup('Policy:')
    .option('--split', 'if there are too many connections for one policy, split them over several roles')
    .addHelpText(
      'after',
      `
Examples:
  $ aws-wif trust-policy --account 111111111111 \\
      --organization-url https://dev.azure.com/contoso --project Payments --connection aws --out trust-policy.json
  $ aws-wif trust-policy --account 111111111111 --issuer entra \\
      --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded \\
      --connection-id f0cda5b5-1aff-46ac-a80b-054d5c4f9b8a --connection-id 64171687-7a59-4fce-b2c8-823278dcf176

For one account and one role the output is only the policy, ready for the AWS CLI.
Looking up connections needs a token in AZURE_DEVOPS_EXT_PAT with the scope Service Connections (Read), and Build (Read) to see who may use them.`,
    )
    .action((options: TrustPolicyOptions) => run(() => makePolicies(options, openAzureDevOps)));
}

interface Made {
  readonly account: Account;
  readonly policies: readonly BuiltTrustPolicy[];
}

async function makePolicies(options: TrustPolicyOptions, openAzureDevOps: OpenAzureDevOps): Promise<Report> {
  const [accounts, named, network] = readAll(
    () => requireAccounts(options, "the role's AWS account; the policy names its OIDC provider."),
    () => requireNamedConnections(options),
    () => readNetwork(options, options.partition),
  );
  const { connections, warnings } = await settleConnections(named, options.issuer, openAzureDevOps);
  const identities = connections.flatMap(one => one.identities);
  const lines = network && writeBounds(network.bounds);
  const build = (target: TrustTarget): readonly BuiltTrustPolicy[] =>
    options.split === true ? splitByIssuers(connections, target) : [buildForIdentities(identities, target)];
  const made = accounts.map(account => ({
    account,
    policies: buildOrOfferSplit(() => build({ ...account, network: lines }), options),
  }));
  return reportPolicies(made, [...warnings, ...(network?.warnings ?? [])], options);
}

/** Connections on the same issuers share roles. */
function splitByIssuers(connections: readonly SettledConnection[], target: TrustTarget): readonly BuiltTrustPolicy[] {
  const choose = ({ issuers: [first, ...others] }: SettledConnection) => (others.length > 0 ? 'both' : first);
  const choices = [...new Set(connections.map(choose))];
  return choices.flatMap(issuers => {
    const own = connections.filter(one => choose(one) === issuers);
    return splitTrustPolicies({ ...target, issuers, connections: own.map(({ described }) => described.facts) });
  });
}

/** The builder says how many roles it takes; here is the option that does it. */
function buildOrOfferSplit<T>(build: () => readonly T[], { split }: TrustPolicyOptions): readonly T[] {
  try {
    return build();
  } catch (thrown) {
    if (!(thrown instanceof WifError) || thrown.code !== 'TrustPolicyTooLarge' || split === true) throw thrown;
    const faults = thrown.faults.map(fault => ({ ...fault, remedy: `${fault.remedy} --split does this for you.` }));
    throw new CliFailure(1, faults, thrown);
  }
}

function reportPolicies(made: readonly Made[], warnings: readonly string[], { split }: TrustPolicyOptions): Report {
  const all = made.flatMap(({ account, policies }) =>
    policies.map((policy, place) => ({ account, policy, place, of: policies.length })),
  );
  const tooLong = new Set(all.flatMap(({ policy: { warning } }) => warning ?? []));
  const hint = split === true ? '' : ' --split does this for you.';
  return {
    status: 'ok',
    exit: 0,
    json: {
      policies: all.map(({ account, policy: { document, characters }, place, of }) => ({
        ...account,
        part: place + 1,
        parts: of,
        characters,
        document,
      })),
    },
    text: paint => {
      const [only, ...others] = all;
      if (only !== undefined && others.length === 0) return escapeJsonText(only.policy.text);
      return all
        .map(({ account, policy, place, of }) => {
          const role = of > 1 ? `, role ${place + 1} of ${of}` : '';
          return `${paint.bold(`# account ${account.accountId}${role}`)}\n${escapeJsonText(policy.text)}`;
        })
        .join('\n\n');
    },
    warnings: [...warnings, ...[...tooLong].map(text => `${text}${hint}`)],
  };
}
