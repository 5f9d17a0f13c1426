import type { DefineCommand } from './shell.ts';

/** A command as the list of commands shows it, and the rest of its definition. */
export interface Entry {
  /** Its name and its arguments. */
  readonly usage: string;
  readonly summary: string;
  /** What it has instead of an action. */
  readonly subcommands?: readonly Entry[];
  /** Everything that the command needs is loaded only then. */
  readonly load: () => Promise<DefineCommand>;
}

/** Returns a command's name. */
export function nameOf({ usage }: Entry): string {
  return usage.replace(/ .*/, '');
}

/** All commands, in the order of the help. */
export const entries: readonly Entry[] = [
  {
    usage: 'organization-id <url-or-name>',
    summary: "print an organization's ID",
    load: async () => (await import('./organization-id.ts')).addOrganizationId,
  },
  {
    usage: 'connection',
    summary: "print a service connection's identity as AWS sees it",
    load: async () => (await import('./connection.ts')).addConnection,
  },
  {
    usage: 'trust-policy',
    summary: 'print the narrowest trust policy for service connections',
    load: async () => (await import('./trust-policy.ts')).addTrustPolicy,
  },
  {
    usage: 'setup',
    summary: 'create the OIDC provider and the role that service connections assume',
    load: async () => (await import('./setup/command.ts')).addSetup,
  },
  {
    usage: 'template <format>',
    summary: 'print CloudFormation, Terraform or aws commands',
    load: async () => (await import('./template/command.ts')).addTemplate,
  },
  {
    usage: 'migrate',
    summary: 'move roles from the retiring issuer to the Entra issuer',
    load: async () => (await import('./migrate/report.ts')).addMigrate,
    subcommands: [
      {
        usage: 'audit',
        summary: 'show which roles will deny which connections when the old issuer retires',
        load: async () => (await import('./migrate/audit.ts')).addAudit,
      },
      {
        usage: 'plan',
        summary: 'show the changes that make roles trust both issuers',
        load: async () => (await import('./migrate/dual-trust.ts')).addPlan,
      },
      {
        usage: 'apply',
        summary: 'make roles trust both issuers',
        load: async () => (await import('./migrate/dual-trust.ts')).addApply,
      },
      {
        usage: 'verify',
        summary: 'check that both issuers are allowed',
        load: async () => (await import('./migrate/verify.ts')).addVerify,
      },
      {
        usage: 'finish',
        summary: 'remove trust in the old issuer',
        load: async () => (await import('./migrate/finish.ts')).addFinish,
      },
      {
        usage: 'rollback <file...>',
        summary: 'restore what a run changed',
        load: async () => (await import('./migrate/rollback/command.ts')).addRollback,
      },
    ],
  },
  {
    usage: 'diagnose',
    summary: 'explain who may assume a role, and whether a token or a connection may',
    load: async () => (await import('./diagnose/command.ts')).addDiagnose,
  },
  {
    usage: 'audit',
    summary: 'show who can assume which roles from outside AWS, and their weaknesses',
    load: async () => (await import('./audit/command.ts')).addAudit,
  },
  {
    usage: 'guardrail',
    summary: 'print control policies for a whole AWS organization',
    load: async () => (await import('./guardrail/command.ts')).addGuardrail,
    subcommands: [
      {
        usage: 'subjects',
        summary: "allow only your Azure DevOps organization's identities on the two issuers",
        load: async () => (await import('./guardrail/subjects.ts')).addSubjects,
      },
      {
        usage: 'providers',
        summary: 'allow only the web identity providers that your roles trust today',
        load: async () => (await import('./guardrail/providers.ts')).addProviders,
      },
      {
        usage: 'retired',
        summary: 'deny the retiring issuer, as a switch',
        load: async () => (await import('./guardrail/retired.ts')).addRetired,
      },
      {
        usage: 'changes',
        summary: 'restrict who may change OIDC providers, trust policies and the exemption tag',
        load: async () => (await import('./guardrail/changes.ts')).addChanges,
      },
    ],
  },
  {
    usage: 'thumbprints',
    summary: 'show or refresh OIDC provider thumbprints (rarely needed since July 2024)',
    load: async () => (await import('./thumbprints/command.ts')).addThumbprints,
    subcommands: [
      {
        usage: 'list',
        summary: "compare providers' thumbprints with their issuers' certificates",
        load: async () => (await import('./thumbprints/command.ts')).addList,
      },
      {
        usage: 'refresh',
        summary: 'add current thumbprints to providers',
        load: async () => (await import('./thumbprints/command.ts')).addRefresh,
      },
    ],
  },
];
