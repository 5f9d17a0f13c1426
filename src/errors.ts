import { cutText, maxTextLength, neutralise } from './secret.ts';

/** Every way in which this product fails. The list is closed: documentation and tests go through it. */
export const errorCodes = [
  // what the pipeline's author wrote
  'InputInvalid',
  'AccountNotAllowed',
  'ConnectionNotAvailable',
  'ConnectionSchemeUnsupported',
  // where the task runs
  'AzureDevOpsServicesRequired',
  'JobTokenMissing',
  'TokenUrlRefused',
  // asking Azure DevOps for the ID token
  'TokenRequestUnauthorized',
  'TokenRequestForbidden',
  'TokenRequestRejected',
  'TokenServiceUnavailable',
  'TokenSignInPage',
  'TokenAnswerUnreadable',
  'ConnectionNotFound',
  'ConnectionNotReferenced',
  'TokenMissing',
  'TokenMalformed',
  'TokenNotForConnection',
  // asking AWS STS for the session
  'StsAccessDenied',
  'StsProviderMissing',
  'StsAudienceRefused',
  'StsKeyUnavailable',
  'StsTokenInvalid',
  'StsTokenExpired',
  'StsIdentityProviderUnreachable',
  'StsClaimRejected',
  'StsPolicyMalformed',
  'StsPolicyTooLarge',
  'StsRegionDisabled',
  'StsDurationRefused',
  'StsRequestRejected',
  'StsCallerRefused',
  'StsThrottled',
  'StsUnavailable',
  'StsAnswerUnreadable',
  'StsIdentityMismatch',
  // on the way there
  'RedirectRefused',
  'AnswerTooLarge',
  'NetworkNameNotResolved',
  'NetworkRefused',
  'NetworkReset',
  'NetworkTls',
  'NetworkTimeout',
  'NetworkFailed',
  'ProxyInvalid',
  'ProxyAuthenticationRequired',
  'ProxyRefused',
  'CertificateFileInvalid',
  'DeadlineExceeded',
  'Canceled',
  // the files that later steps read
  'FilesRefused',
  'FilesNotWritten',
  'ProfileFileUnreadable',
  'ProfileHidden',
  'CommandLineRefused',
  'RefreshStateUnreadable',
  // who AWS allows
  'IdentityNotDerivable',
  'TrustPolicyUnreadable',
  'TrustPolicyRefused',
  'TrustPolicyTooLarge',
  'ControlPolicyTooLarge',
  'ControlPolicyUnreadable',
  // ours
  'InternalError',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One thing that is wrong: what was found, what was expected, what to do about it. Whole sentences, no secrets. */
export interface Fault {
  readonly code: ErrorCode;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}

/** Whether trying again can help, and when the other side asked for it (milliseconds from now). */
export interface Retriable {
  readonly afterMs?: number | undefined;
}

export interface WifErrorOptions {
  readonly cause?: unknown;
  readonly retriable?: Retriable | undefined;
}

const brand = Symbol.for('aws-assume-role-wif/WifError');

/**
 * The one error class. It carries one fault, or all that were found together, each ready to be shown: outside text in
 * it is neutralised here. `retriable` is set only where the same request may succeed a moment later.
 *
 * It does not look for secrets in what it is given: callers never put a token, a key or a body into a fault.
 */
export class WifError extends Error {
  /** Bundles that share a file have a class of their own each: what counts is the mark. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && brand in value;
  }

  override readonly name = 'WifError';
  readonly [brand] = true;
  readonly faults: readonly Fault[];
  readonly retriable: Retriable | undefined;

  constructor(fault: Fault | readonly [Fault, ...Fault[]], options: WifErrorOptions = {}) {
    const faults = 'code' in fault ? [fault] : fault;
    const shown = faults.map(showable);
    super(shown.map(formatFault).join('\n'), { cause: options.cause });
    this.faults = shown;
    this.retriable = options.retriable;
  }

  /** The code of the first fault. */
  get code(): ErrorCode {
    return this.faults[0]?.code ?? 'InternalError';
  }

  /** Returns the same error, no longer to be retried, saying how often it was tried. */
  afterAttempts(attempts: number): WifError {
    const [first, ...rest] = this.faults.map(fault => ({
      ...fault,
      found: noteAttempts(fault.found, attempts),
    }));
    return first === undefined ? this : new WifError([first, ...rest], { cause: this.cause });
  }
}

/** Cut a little more, so that the number is not what is cut; a renewal inside an exchange has counted already. */
function noteAttempts(found: string, attempts: number): string {
  if (attempts < 2 || /\(\d+ attempts\)$/.test(found)) return found;
  return `${cutText(found, maxTextLength - 20)} (${attempts} attempts)`;
}

/** The page with every code, at the project's public address; a build without one leaves it out. */
declare const helpPage: string | undefined;

/** Returns the address that explains a code; undefined in a build without a public address. */
export function findHelp(code: string): string | undefined {
  return typeof helpPage === 'string' ? `${helpPage}#${code.toLowerCase()}` : undefined;
}

/** Returns a fault as three lines, what was found, what was expected, what to do, and the address that explains its code. */
export function formatFault({
  code,
  found,
  expected,
  remedy,
}: Omit<Fault, 'code'> & { readonly code: string }): string {
  const help = findHelp(code);
  const lines = [`${code}: ${found}`, `Expected: ${expected}`, `What to do: ${remedy}`];
  return [...lines, ...(help === undefined ? [] : [`Read: ${help}`])].join('\n  ');
}

/** Returns any thrown value as a WifError; what is not one is a defect of ours and says so. */
export function asWifError(thrown: unknown): WifError {
  if (thrown instanceof WifError) return thrown;
  return new WifError(
    {
      code: 'InternalError',
      found: `Unexpected error in the task: ${describeThrown(thrown)}`,
      expected: 'no error; this is a bug in the task, not in your pipeline.',
      remedy:
        'Run the pipeline again. If the error persists, set System.Debug to true and report the log, which then shows where the error occurred.',
    },
    { cause: thrown },
  );
}

/** Returns anything thrown in words; not everything has some. */
export function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return 'an error without a description';
  }
}

function showable(fault: Fault): Fault {
  return {
    code: fault.code,
    found: neutralise(fault.found),
    expected: neutralise(fault.expected),
    remedy: neutralise(fault.remedy),
  };
}
