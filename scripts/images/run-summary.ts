import MarkdownIt from 'markdown-it';
import { diagnoseEach } from '../../src/diagnosis/diagnose.ts';
import { renderExplained } from '../../src/handoff/failure-summary.ts';
import { renderSummary, type SessionRow } from '../../src/handoff/summary.ts';
import type { Claims } from '../../src/identity/claims.ts';
import { judgeSession } from '../../src/session/credentials.ts';
import { isRoleArn, parseRoleArn } from '../../src/session/role-arn.ts';
import type { RoleArn } from '../../src/session/match-role-arn.ts';
import { judgeStsRefusal } from '../../src/session/sts-refusal.ts';

const claims: Claims = {
  iss: 'https://login.microsoftonline.com/ff882432-09b0-437b-bd22-ca13c0037ded/v2.0',
  sub: '/eid1/c/pub/t/MiSI_7AJe0O9IsoTwAN97Q/a/rISbSSETf0KqFyZ8ppdXmA/sc/0ca3ddd9-f0b0-4635-a98c-5866526961b6/64171687-7a59-4fce-b2c8-823278dcf176',
  aud: ['fb60f99c-7a34-4190-8149-302f77469936'],
  azp: '499b84ac-1321-427f-aa17-267ca6975798',
  iat: 1_790_000_000,
  exp: 1_790_086_700,
};

const session = 'infra-main-4711-1';

/** Returns a page with the summary of a step that succeeded, as the task writes it. */
export function renderSuccess(): string {
  const rows = [
    openSession('azure-pipelines', '111111111111', 'deploy', 'eu-west-1'),
    openSession('network', '222222222222', 'deploy', 'eu-west-1'),
    openSession('audit', '333333333333', 'audit', 'eu-central-1'),
  ];
  return page(renderSummary(rows, claims));
}

/** Returns a page with the summary of a step that AWS refused, as the task writes it. */
export function renderRefusal(): string {
  const role = roleOf('111111111111', 'deploy');
  const { text: arn, partition, accountId } = role;
  const { faults } = judgeStsRefusal(
    { code: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity', status: 403 },
    { action: 'AssumeRoleWithWebIdentity', role, region: 'eu-west-1', durationSeconds: 3600 },
  );
  const [fault] = faults;
  if (fault === undefined) throw new TypeError('No fault.');
  const site = { arn, partition, accountId };
  const call = { code: fault.code, claims, role: site };
  const causes = diagnoseEach([{ ...site, profile: undefined, fault, call }]);
  return page(renderExplained({ headline: [], claims, retirement: undefined, causes }));
}

function roleOf(accountId: string, name: string): RoleArn {
  const role = parseRoleArn(`arn:aws:iam::${accountId}:role/${name}`);
  if (isRoleArn(role)) return role;
  throw new TypeError(role.found);
}

function openSession(profile: string, accountId: string, name: string, region: string): SessionRow {
  const assumedRoleArn = `arn:aws:sts::${accountId}:assumed-role/${name}/${session}`;
  const expiration = new Date('2026-10-01T13:00:00Z');
  const keys = {
    accessKeyId: 'ASIAEXAMPLE000000000',
    secretAccessKey: 'nothing-of-this-is-shown',
    sessionToken: 'nothing-of-this-is-shown',
  };
  const hop = { role: roleOf(accountId, name), roleSessionName: session, durationSeconds: 3600 };
  const asked = { hostMs: Date.parse('2026-10-01T12:00:00Z'), sinceBootMs: undefined };
  const opened = judgeSession({ ...keys, expiration, assumedRoleArn }, hop, asked);
  return { profile, session: opened, region, isDefault: profile === 'azure-pipelines' };
}

/** The run's Extensions tab shows Markdown much like this. */
function page(markdown: string): string {
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; padding: 12px 14px; width: 690px; box-sizing: border-box; background: #fff; color: #222;
      font: 14px/1.45 'Liberation Sans', Arial, sans-serif; }
    h3 { font-size: 18px; margin: 6px 0 10px; } h4 { font-size: 15px; margin: 12px 0 6px; }
    p { margin: 6px 0; } ul { margin: 4px 0 8px; padding-left: 22px; }
    table { border-collapse: collapse; margin: 8px 0 14px; }
    th, td { border: 1px solid #d5dee0; padding: 4px 5px; text-align: left; font-size: 13px; }
    th { background: #f2f6f7; }
    code { font: 12.5px 'Liberation Mono', monospace; background: #f2f6f7; padding: 1px 4px; border-radius: 3px;
      overflow-wrap: anywhere; }
    details { margin: 6px 0; } summary { cursor: pointer; }
    pre { background: #f2f6f7; padding: 10px 14px; margin: 6px 0; } pre code { padding: 0; white-space: pre-wrap; font-size: 11.5px; }
    td code { padding: 0; overflow-wrap: normal; font-size: 10.5px; }
  </style><body>${new MarkdownIt({ html: true }).render(markdown)}`;
}
