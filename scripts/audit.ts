// Known vulnerabilities among what ships: fails if there is one, says loudly where the registry does not answer.
import { spawnSync } from 'node:child_process';

interface AuditReport {
  readonly message?: string;
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
}

function readReport(text: string): AuditReport {
  try {
    return JSON.parse(text) as AuditReport;
  } catch {
    return { message: 'no report' };
  }
}

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', shell: true });
const report = readReport(stdout);
const total = report.metadata?.vulnerabilities?.['total'];

if (total === undefined) {
  console.log(`*** NOT AUDITED: the registry refused the query (${report.message ?? 'no answer'})`);
} else if (total > 0) {
  console.log(`${total} known vulnerabilities in production dependencies; run npm audit --omit=dev`);
  process.exitCode = 1;
} else {
  console.log('no known vulnerabilities in production dependencies');
}
