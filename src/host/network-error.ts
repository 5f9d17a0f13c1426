import { describeThrown, WifError, type ErrorCode, type Fault } from '../errors.ts';

/** What a request was sent to, for the words of an error: "AWS STS", "sts.eu-west-1.amazonaws.com:443". */
export interface Destination {
  readonly service: string;
  readonly address: string;
  /** What says the address, where somebody set it. */
  readonly setting?: string;
}

interface Kind {
  readonly code: ErrorCode;
  readonly pattern: RegExp;
  readonly says: string;
  readonly remedy: string;
  readonly passes: boolean;
}

/**
 * Returns a failed request as a WifError that names the destination and every nested cause. Whether it may pass is
 * judged by the causes: a certificate that is refused stays refused, the rest may not.
 */
export function networkError(thrown: unknown, destination: Destination): WifError {
  const causes = listCauses(thrown);
  const text = causes.join('; ');
  const kind = kinds.find(({ pattern }) => pattern.test(text)) ?? other;
  const fault: Fault = {
    code: kind.code,
    found: `${destination.service} at ${destination.address} ${kind.says}: ${text}.`,
    expected: describeExpected(destination),
    remedy: `${kind.remedy}${nameSetting(destination)}`,
  };
  return new WifError(fault, { cause: thrown, retriable: kind.passes ? {} : undefined });
}

function describeExpected({ service, address }: Destination): string {
  return `a response from ${service.replace(/^The /, 'the ')} at ${address}.`;
}

function nameSetting({ setting }: Destination): string {
  if (setting === undefined) return '';
  return ` Its address is set by ${setting}${setting === 'Agent.ProxyUrl' ? " (config.sh --proxyurl in the agent's folder)" : ''}.`;
}

/** Returns the error of an attempt that got no whole answer in its time. */
export function timeoutError(ms: number, destination: Destination): WifError {
  return new WifError(
    {
      code: 'NetworkTimeout',
      found: `${destination.service} at ${destination.address} did not send a complete response within ${Math.round(ms / 1000)} s.`,
      expected: describeExpected(destination),
      remedy: `${unreachable}${nameSetting(destination)}`,
    },
    { retriable: {} },
  );
}

/** Returns the error of an answer that is longer than any real one. */
export function tooLargeError(limit: number, destination: Destination): WifError {
  return new WifError({
    code: 'AnswerTooLarge',
    found: `${destination.service} at ${destination.address} sent more than ${limit} bytes.`,
    expected: 'a response of a few kilobytes.',
    remedy: 'Check for a proxy or captive portal answering in place of the service.',
  });
}

const unreachable = 'Check that this machine can reach that host on that port (firewall, proxy, private endpoint).';

const kinds: readonly Kind[] = [
  {
    code: 'NetworkNameNotResolved',
    pattern: /\b(?:ENOTFOUND|EAI_AGAIN|ENODATA)\b/,
    says: 'could not be found in DNS',
    remedy:
      "Check the host's spelling, and that this machine's DNS knows it; a private network needs a rule or a proxy for it.",
    passes: true,
  },
  {
    code: 'NetworkTls',
    pattern: /wrong version number|packet length too long|http request/i,
    says: 'does not speak TLS on that port',
    remedy: 'Check the port, and that no proxy answers there in plain http.',
    passes: false,
  },
  {
    code: 'NetworkFailed',
    pattern: /\bHPE_\w+\b/,
    says: 'answered with something that is not HTTP',
    remedy: 'Check the host and port, and whether a proxy or firewall in between changes responses.',
    passes: true,
  },
  {
    code: 'NetworkTls',
    pattern:
      /\b(?:CERT_|ERR_TLS|ERR_SSL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(?:GET|VERIFY)|INVALID_(?:CA|PURPOSE)\b|PATH_LENGTH_EXCEEDED|EPROTO|HOSTNAME_MISMATCH)/,
    says: 'failed the TLS check',
    remedy:
      "If your proxy inspects TLS, add its CA certificate to the agent (for aws-wif: NODE_EXTRA_CA_CERTS); otherwise check this machine's clock and which server answers at that address. The check is never turned off.",
    passes: false,
  },
  {
    code: 'NetworkRefused',
    pattern: /\bECONNREFUSED\b/,
    says: 'refused the connection',
    remedy: 'Check the host and port, and that no firewall blocks connections from this machine to it.',
    passes: true,
  },
  {
    code: 'NetworkReset',
    pattern: /\b(?:ECONNRESET|EPIPE|ECONNABORTED)\b|socket hang up|aborted/,
    says: 'closed the connection',
    remedy: 'Run the job again; if the error persists, a firewall or proxy closes the connection to that host.',
    passes: true,
  },
  {
    code: 'NetworkTimeout',
    pattern: /\bETIMEDOUT\b/,
    says: 'could not be reached in time',
    remedy: unreachable,
    passes: true,
  },
];

const other: Omit<Kind, 'pattern'> = {
  code: 'NetworkFailed',
  says: 'could not be reached',
  remedy: unreachable,
  passes: true,
};

/** Happy-eyeballs failures are AggregateErrors without a message of their own: what matters is nested. */
function listCauses(thrown: unknown): readonly string[] {
  if (!(thrown instanceof Error)) return [describeThrown(thrown)];
  const nested = [...(thrown instanceof AggregateError ? (thrown.errors as unknown[]) : []), thrown.cause ?? []].flat();
  const own = describeCause(thrown);
  return [...new Set([...(own === '' ? [] : [own]), ...nested.flatMap(listCauses)])];
}

function describeCause(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message.includes(code) ? error.message : `${code} ${error.message}`.trim();
}
