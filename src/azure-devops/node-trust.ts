import type { JobEnvironment, VariableName } from './job-environment.ts';

/** Variables that change whom Node trusts. */
const authorityVariables = ['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_DIR', 'SSL_CERT_FILE'] as const;

/** Variables that change how Node reaches the outside, or what it loads into itself. */
const startVariables = ['NODE_USE_ENV_PROXY', 'OPENSSL_CONF', 'OPENSSL_MODULES'] as const;

/** Switches that change whom Node trusts. */
const authoritySwitch = /(?:^|\s)--(?:no-)?use-(?:bundled|openssl|system)-ca(?=[\s=]|$)/;

/**
 * Switches that change Node's OpenSSL or TLS, load code before the program, or let others look into it (debugger, heap
 * snapshots, reports with the environment): compared by a test with what both Nodes
 * print with --help.
 */
const startSwitch =
  /(?:^|\s)(?:-r|--(?:no-)?(?:allow-openssl-store|enable-fips|force-fips|openssl-[\w-]+|secure-heap(?:-min)?|tls-[\w.-]+|trace-tls|use-env-proxy|require|import|(?:experimental-)?loader|experimental-(?:default-)?config-file|inspect(?:-[\w-]+)?|debug-port|heapsnapshot-[\w-]+|report-[\w-]+))(?=[\s=]|$)/;

/** What variables of the job try on Node. */
export interface NodeTrust {
  /** Variables of the job that try to change whom this process trusts, or how it runs. Each is worth a warning. */
  readonly tried: readonly VariableName[];
  /** Whether Node's own idea of whom to trust may be the job's. */
  readonly pinned: boolean;
  /** Whether the agent's machine asks for the system's CAs. */
  readonly usesSystemStore: boolean;
}

/**
 * Returns what the job's variables try, and what the agent's machine asks for. A variable of the machine, or of the
 * step's `env:`, tries nothing: an administrator or the author set it.
 */
export function judgeNodeTrust({ find }: Pick<JobEnvironment, 'find'>): NodeTrust {
  const ofJob = (name: VariableName): boolean => (find(name)?.names.length ?? 0) > 0;
  const options = normalizeOptions(find('NODE_OPTIONS')?.value ?? '');
  const authorities = [
    ...authorityVariables.filter(ofJob),
    ...(ofJob('NODE_OPTIONS') && authoritySwitch.test(options) ? (['NODE_OPTIONS'] as const) : []),
  ];
  const others = [
    ...startVariables.filter(ofJob),
    ...(ofJob('NODE_OPTIONS') && startSwitch.test(options) ? (['NODE_OPTIONS'] as const) : []),
  ];
  const byVariable = find('NODE_USE_SYSTEM_CA')?.value === '1' && !ofJob('NODE_USE_SYSTEM_CA');
  const bySwitch = /(?:^|\s)--use-system-ca(?=\s|$)/.test(options) && !ofJob('NODE_OPTIONS');
  return {
    tried: [...new Set([...authorities, ...others])],
    pinned: authorities.length > 0,
    usesSystemStore: (byVariable || bySwitch) && !ofJob('SSL_CERT_FILE') && !ofJob('SSL_CERT_DIR'),
  };
}

/** Node takes quotes and backslashes in NODE_OPTIONS, and an underscore for a dash. */
function normalizeOptions(text: string): string {
  return text.replace(/["\\]/g, '').replaceAll('_', '-');
}
