import type { Claims } from '../identity/claims.ts';
import { parseIssuer, parseSubject } from '../identity/issuer.ts';
import { neutralise } from '../secret.ts';
import { findEndpointId, type RefusedCall } from './refused-call.ts';

/** Whether a text would be shown with parts of it hidden. */
export type Hides = (text: string) => boolean;

/**
 * Returns the command that finds out why a call was refused: one that is the same for a POSIX shell and PowerShell, or one
 * for each, in this order, where a name holds what the two quote in different ways. Where the log hides the account id the role
 * goes by its name, and its account is that of the caller's credentials.
 *
 * A name that cannot be pasted (control or invisible characters) is left out together with the connection; the command then
 * shows who may assume the role.
 */
export function listDiagnoseCommands(call: RefusedCall, hides: Hides = () => false): readonly string[] {
  const { role, caller, claims, durationSeconds, code, route } = call;
  const endpointId = route && findEndpointId(route);
  const arn = hides(role.arn) ? role.arn.replace(/^.*?:role\//, '') : role.arn;
  const options = [
    ['--role', arn],
    ...(caller === undefined ? nameConnection(claims) : []),
    ...(code === 'StsDurationRefused' && durationSeconds !== undefined
      ? [['--duration-seconds', String(durationSeconds)] as const]
      : []),
    ...(endpointId === undefined ? [] : [['--source-vpce', endpointId] as const]),
  ] as const;
  const forms = ['sh', 'pwsh'] as const;
  const [sh = '', pwsh = ''] = forms.map(shell =>
    ['aws-wif diagnose', ...options.map(([option, value]) => `${option} ${quote(value, shell)}`)].join(' '),
  );
  return sh === pwsh ? [sh] : [sh, pwsh];
}

type Option = readonly [name: string, value: string];

/** The options from which the connection's subject is derived again; none if its names cannot be pasted. */
function nameConnection({ iss, sub }: Claims): readonly Option[] {
  const issuer = parseIssuer(iss);
  const subject = parseSubject(sub);
  if (issuer.kind === 'entra' && subject.kind === 'connection-id') {
    return [
      ['--organization-id', subject.organizationId],
      ['--tenant-id', issuer.tenantId],
      ['--connection-id', subject.connectionId],
    ];
  }
  if (issuer.kind !== 'azure-devops' || subject.kind !== 'connection-name') return [];
  const names: readonly Option[] = [
    ['--organization', subject.organization],
    ['--project', subject.project],
    ['--connection', subject.connection],
  ];
  if (!names.every(([, name]) => isPastable(name))) return [];
  return [['--organization-id', issuer.organizationId], ...names];
}

/** A leading dash would be an option; what a log shows in another way is pasted in another way. */
function isPastable(name: string): boolean {
  return neutralise(name) === name && !/^-|"/.test(name);
}

/**
 * In single quotes both shells take a text as it is; only quotation marks differ, and PowerShell has typographic ones, too.
 * A double quote is lost on the way from Windows PowerShell to a program.
 *
 * @see https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */
function quote(text: string, shell: 'sh' | 'pwsh'): string {
  if (/^[\w./:+=-]+$/.test(text)) return text;
  return shell === 'sh' ? `'${text.replaceAll("'", "'\\''")}'` : `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}
