import { version } from '../../../package.json';
import { findingCodes, type Severity } from '../../trust/findings/finding.ts';
import type { Problem } from '../../problem.ts';
import { showInvisible } from '../pages/page.ts';
import { escapeJson } from '../terminal/report.ts';
import { listErrors, listRoles, type Audited, type AuditedFinding, type AuditedRole } from './audited.ts';
import { describeCaller, describeReach } from './words.ts';

/**
 * Returns an audit as SARIF 2.1.0 for code scanning. Texts are plain, no Markdown, so that nothing in them is markup. Accepted
 * findings are there as suppressed; what could not be read stands among the notifications, and the run counts as failed then.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function renderSarif(audited: Audited): string {
  const roles = listRoles(audited);
  const errors = listErrors(audited);
  const unknown = roles.filter(({ state }) => state === 'unknown');
  const notifications = [
    ...errors.map(notify),
    ...unknown.map(role => ({
      level: 'error',
      message: { text: plain(`${nameInText(role)} is unknown: ${role.why ?? ''}`) },
      locations: [locate(role, null)],
    })),
    ...audited.outdated.map(notify),
  ];
  const run = {
    tool: { driver: describeDriver() },
    automationDetails: { id: 'aws-wif/audit/' },
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: errors.length === 0 && unknown.length === 0,
        toolExecutionNotifications: notifications,
      },
    ],
    results: roles.flatMap(role => role.findings.map(finding => describeResult(role, finding))),
  };
  return escapeJson({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] });
}

/** GitHub rejects a run with more results than the first number, and shows as many as the second. */
const gitHubLimits = { accepted: 25_000, shown: 5000 } as const;

/**
 * Returns what to know about a SARIF file of so many results.
 *
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#file-limits
 */
export function warnOfSize(audited: Audited): readonly string[] {
  const count = listRoles(audited).reduce((sum, { findings }) => sum + findings.length, 0);
  const { accepted, shown } = gitHubLimits;
  if (count <= shown) return [];
  const limit =
    count > accepted
      ? `GitHub code scanning rejects more than ${accepted.toLocaleString('en')}`
      : `GitHub code scanning shows the ${shown.toLocaleString('en')} most severe`;
  return [
    `The SARIF report has ${count.toLocaleString('en')} results. ${limit}: run one audit for each group of accounts.`,
  ];
}

function describeDriver(): Readonly<Record<string, unknown>> {
  return {
    name: 'aws-wif',
    semanticVersion: version,
    rules: findingCodes.map(code => ({
      id: code,
      name: code,
      shortDescription: { text: `${code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ')} in the trust policy of an IAM role` },
      help: { text: "The project's docs/troubleshooting.md explains each finding and what to do." },
    })),
  };
}

function notify({ code, found, remedy }: Problem): Readonly<Record<string, unknown>> {
  return { level: 'error', descriptor: { id: code }, message: { text: plain(`${found} ${remedy}`) } };
}

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};

/** As code scanning ranks them: over 9 critical, over 7 high, over 4 medium. */
const ranks: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.0', low: '2.0' };

function describeResult(role: AuditedRole, finding: AuditedFinding): Readonly<Record<string, unknown>> {
  const { code, severity, means, remedy, hash, line, accepted } = finding;
  const callers = role.callers.map(describeCaller).join('; ');
  return {
    ruleId: code,
    ruleIndex: findingCodes.findIndex(one => one === code),
    level: levels[severity],
    message: { text: plain(`${nameInText(role)}: ${means} What to do: ${remedy}`) },
    locations: [locate(role, line)],
    partialFingerprints: { 'awsWifStatement/v1': `${role.role.arn ?? role.role.name} ${code} ${hash}` },
    properties: {
      'security-severity': ranks[severity],
      callers: plain(callers === '' ? 'nobody' : callers),
      reach: plain(describeReach(role) ?? 'not known'),
    },
    ...(accepted === null
      ? {}
      : {
          suppressions: [
            { kind: 'external', status: 'accepted', justification: plain(`${accepted.date}: ${accepted.reason}`) },
          ],
        }),
  };
}

/** `[text](target)` would be a link in a message. */
function plain(text: string): string {
  return showInvisible(text).replaceAll('](', '\\](');
}

function nameInText({ role }: AuditedRole): string {
  return `Role ${role.arn ?? role.name}`;
}

/** A role that was read from an account is in no file: code scanning wants a path all the same. */
function locate({ role, place }: AuditedRole, line: number | null): Readonly<Record<string, unknown>> {
  const uri = place?.file.replaceAll('\\', '/') ?? `iam/${role.arn ?? role.name}`;
  return {
    physicalLocation: {
      artifactLocation: { uri: showInvisible(uri).split('/').map(encodeURIComponent).join('/') },
      region: { startLine: line ?? place?.line ?? 1 },
    },
    logicalLocations: [{ fullyQualifiedName: role.arn ?? role.name, kind: 'resource' }],
  };
}
