import type { Command } from 'commander';
import {
  guardSubjects,
  type GuardedOrganization,
  type SubjectsRequest,
} from '../../trust/control-policies/subjects.ts';
import { collect } from '../connections/options.ts';
import type { CommandShell } from '../shell.ts';
import { readAll, refuseIf, wrongUsage } from '../terminal/failure.ts';
import type { Report } from '../terminal/report.ts';
import {
  addExemptionOptions,
  addOrganizationIds,
  readGuid,
  readOrganizationIds,
  type ExemptionOptions,
} from './options.ts';
import { reportExemptible } from './report.ts';
import { addCheckedFileOption, addSourceOptions, checkedAccount, type SourceOptions } from './sources.ts';

interface SubjectsOptions extends ExemptionOptions, SourceOptions {
  readonly organizationId?: readonly string[];
  readonly organization?: readonly string[];
  readonly tenantId?: string;
  readonly alsoSubject?: readonly string[];
}

/** Defines `guardrail subjects`. */
export function addSubjects(command: Command, shell: CommandShell): void {
  command
    .description(
      "Prints a resource control policy for the two issuers of service connections. On the Microsoft Entra issuer it denies other organizations' connections, and the managed identities and applications of your tenant; on your organization's own issuer (retiring) it denies everything that is not a service connection. Tokens from other issuers, people and AWS services are not affected.",
    )
    .optionsGroup('Organization:');
  addOrganizationIds(command)
    .option('--tenant-id <guid>', 'ID of the Entra tenant, for the Entra issuer')
    .option(
      '--organization <name>',
      'name of the organization as it appears in subjects, for the retiring issuer; one for each --organization-id, in the same order',
      collect,
    )
    .option(
      '--also-subject <pattern>',
      "additional subject to allow: a managed identity's object ID, or a pattern with * and ?; repeatable",
      collect,
    );
  addExemptionOptions(addCheckedFileOption(addSourceOptions(command, checkedAccount)))
    .addHelpText('after', examples)
    .action((options: SubjectsOptions) => shell.run(() => printSubjects(options, shell)));
}

const examples = `
Examples:
  $ aws-wif guardrail subjects --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 \\
      --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded --out subjects.json
  $ aws-wif guardrail subjects --organization-id 0ca3ddd9-f0b0-4635-a98c-5866526961b6 --organization contoso \\
      --tenant-id ff882432-09b0-437b-bd22-ca13c0037ded --also-subject 6f1b2c3d-0000-4000-8000-000000000001

The output is the policy alone, for aws organizations create-policy --content file://subjects.json.`;

function printSubjects(options: SubjectsOptions, shell: CommandShell): Promise<Report> {
  return reportExemptible(options, shell, {
    read: () => readSubjects(options),
    guard: (request, exemption) => guardSubjects({ ...request, exemption }),
    notes: listNotes,
  });
}

function readSubjects(options: SubjectsOptions): Omit<SubjectsRequest, 'exemption'> {
  const { tenantId, organization: names } = options;
  const [ids, tenant, , further] = readAll(
    () => readOrganizationIds(options.organizationId),
    () => (tenantId === undefined ? undefined : readGuid('--tenant-id', tenantId)),
    () => {
      requireNames(options);
    },
    () => readFurther(options),
  );
  const organizations = ids.map((id, index): GuardedOrganization => ({ id, name: names?.[index] }));
  return { organizations, tenantId: tenant, ...further };
}

/** @see https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions */
function requireNames({ organization: names, organizationId: ids = [], tenantId }: SubjectsOptions): void {
  const given = names ?? [];
  const stray = given.filter(name => !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,49}$/.test(name));
  readAll(
    refuseIf(
      names === undefined && tenantId === undefined,
      'Neither --tenant-id nor --organization is given.',
      "the tenant's ID for the Entra issuer, the organization's name for the retiring issuer, or both.",
    ),
    refuseIf(
      names !== undefined && given.length !== ids.length,
      `The numbers of --organization-id (${ids.length}) and --organization (${given.length}) differ.`,
      'one --organization for each --organization-id, in the same order, or no --organization.',
    ),
    refuseIf(
      new Set(ids.map(id => id.toLowerCase())).size !== ids.length,
      'An --organization-id is given twice.',
      'each ID once.',
    ),
    refuseIf(
      stray.length > 0,
      `--organization is ${stray.map(name => `"${name}"`).join(', ')}.`,
      "the name in the organization's URL, like contoso, in the same letter case.",
    ),
  );
}

type Further = Pick<SubjectsRequest, 'entraSubjects' | 'azureDevOpsSubjects'>;

function readFurther({ alsoSubject: subjects = [], tenantId, organization }: SubjectsOptions): Further {
  const isOld = (text: string): boolean => /^(?:sc|p):\/\//.test(text);
  readAll(
    ...subjects.map(text => () => {
      requireNarrow(text);
      const option = isOld(text) ? '--organization' : '--tenant-id';
      if ((isOld(text) ? organization : tenantId) === undefined) {
        throw wrongUsage(
          `--also-subject is "${text}", without ${option}.`,
          `${option} as well; without it the policy does not cover that issuer.`,
        );
      }
    }),
  );
  return { azureDevOpsSubjects: subjects.filter(isOld), entraSubjects: subjects.filter(one => !isOld(one)) };
}

const connectionsOfOne =
  /^\/eid1\/c\/pub\/t\/[\w-]{22}\/a\/[\w-]{22}\/sc\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\//;

/** A pattern that reaches other organizations' connections would undo the guardrail. */
function requireNarrow(text: string): void {
  const [literal = ''] = text.split(/[*?]/, 1);
  const isWide = literal !== text && '/eid1/'.startsWith(literal.slice(0, 6)) && !connectionsOfOne.test(text);
  const isWideOld = literal !== text && /^(?:sc|p):\/\/[^/]*$/.test(literal);
  if (
    !isWide &&
    !isWideOld &&
    text !== '' &&
    text.length <= 255 &&
    !text.includes('${') &&
    !/[^\x20-\xff]|\x7f/.test(text)
  )
    return;
  throw wrongUsage(
    `--also-subject is "${text}".`,
    "a whole subject, such as a managed identity's object ID, or a pattern that names the organization before its first wildcard. ${ and control characters are not accepted.",
  );
}

function listNotes({ tenantId, organizations }: Omit<SubjectsRequest, 'exemption'>): readonly string[] {
  const hasNames = organizations.some(({ name }) => name !== undefined);
  return [
    ...(tenantId === undefined
      ? ['The Microsoft Entra issuer is not covered: that needs --tenant-id.']
      : [
          'On the Microsoft Entra issuer all other identities of the tenant are denied. Name managed identities and applications that use AWS with --also-subject.',
        ]),
    hasNames
      ? "On the retiring issuer the organization's name is part of each subject, in its letter case: after a rename all of them are denied."
      : 'The Azure DevOps issuer (retiring) is not covered: that needs --organization, or use guardrail retired once all connections are converted.',
  ];
}
