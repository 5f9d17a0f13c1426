import { azureDevOpsIssuerRetires } from '../../../identity/issuer.ts';
import type { Fleet } from '../../../migration/fleet/connections.ts';
import type { LeftOut } from '../../../migration/left-out.ts';
import type { Problem } from '../../../problem.ts';
import type { Block, Count, Tone } from '../../pages/page.ts';

// What the pages of a migration have in common. Their readers were not there: each page says what it is about.

/** Returns what the migration is, for people who hear of it for the first time, and which organization this is about. */
export function introduce({ organization, tenant }: Fleet, command: string, nowMs: number): readonly Block[] {
  const { name, id } = organization;
  const who =
    tenant.kind === 'confirmed' ? `Microsoft Entra tenant ${tenant.id}` : 'Microsoft Entra tenant not confirmed';
  return [
    {
      kind: 'paragraph',
      text: `Azure DevOps organization ${name} (${id}), ${who}. Written by ${command} on ${new Date(nowMs).toISOString()}.`,
    },
    {
      kind: 'paragraph',
      text: `Pipelines assume IAM roles with ID tokens of their service connections. Microsoft retires the issuer of these tokens, https://vstoken.dev.azure.com/${id}, on ${azureDevOpsIssuerRetires}. As soon as a connection is converted, its tokens come from the Microsoft Entra issuer, with a different issuer, subject and audience: a role that trusts only the old ones denies the pipeline.`,
    },
  ];
}

/** Returns warnings and problems as notes that a reader cannot miss. */
export function listNotes(problems: readonly Problem[], warnings: readonly string[]): readonly Block[] {
  return [
    ...problems.map(({ code, found, expected, remedy }): Block => ({
      kind: 'note',
      tone: 'bad',
      text: `${code}: ${found} Expected: ${expected} What to do: ${remedy}`,
    })),
    ...warnings.map((text): Block => ({ kind: 'note', tone: 'warn', text })),
  ];
}

/** Returns a table under its title; nothing without rows. */
export function addTable(
  title: string,
  table: Omit<Extract<Block, { readonly kind: 'table' }>, 'kind'>,
): readonly Block[] {
  if (table.rows.length === 0) return [];
  return [
    { kind: 'heading', text: title },
    { kind: 'table', ...table },
  ];
}

/** Returns what stays as it is until somebody decides. */
export function listLeft(leftOut: readonly LeftOut[]): readonly Block[] {
  return addTable('Left as it is', {
    columns: ['Why', 'Role', 'Connections', 'What to do'],
    rows: leftOut.map(({ code, roleArn, statement, connections, why, remedy }) => {
      const place = statement === undefined ? [] : [`statement ${statement + 1}`];
      return { tone: 'warn', cells: [[code, why], [roleArn, ...place], connections, remedy] };
    }),
  });
}

/** Returns a number with what is counted, in the number that fits. */
export function countOf(count: number, one: string, many: string, tone: Tone = 'plain'): Count {
  return { count, label: count === 1 ? one : many, tone: count === 0 ? 'plain' : tone };
}

/** Returns what comes next, a line each. */
export function listNext(texts: readonly string[]): readonly Block[] {
  const items = texts.flatMap(text => text.split('\n').map(line => line.trim()));
  return items.length === 0
    ? []
    : [
        { kind: 'heading', text: 'Next steps' },
        { kind: 'list', items },
      ];
}
