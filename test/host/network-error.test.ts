import assert from 'node:assert/strict';
import { networkError, timeoutError, tooLargeError } from '../../src/host/network-error.ts';

const destination = { service: 'AWS STS', address: 'sts.eu-west-1.amazonaws.com:443' };

function systemError(code: string, message = `${code} happened`): Error & { readonly code: string } {
  return Object.assign(new Error(message), { code });
}

/** What Node gives when each address of a host failed: a message of its own it has not. */
function happyEyeballs(...errors: readonly (Error & { readonly code: string })[]): AggregateError {
  return Object.assign(new AggregateError(errors), { code: errors[0]?.code });
}

const passing = [
  { thrown: systemError('ENOTFOUND', 'getaddrinfo ENOTFOUND sts.x'), code: 'NetworkNameNotResolved' },
  { thrown: systemError('EAI_AGAIN', 'getaddrinfo EAI_AGAIN sts.x'), code: 'NetworkNameNotResolved' },
  { thrown: systemError('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:443'), code: 'NetworkRefused' },
  { thrown: systemError('ECONNRESET', 'socket hang up'), code: 'NetworkReset' },
  { thrown: systemError('ECONNRESET', 'aborted'), code: 'NetworkReset' },
  { thrown: systemError('EPIPE', 'write EPIPE'), code: 'NetworkReset' },
  { thrown: systemError('HPE_INVALID_CONSTANT', 'Parse Error: Expected HTTP/'), code: 'NetworkFailed' },
  { thrown: systemError('ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.1:443'), code: 'NetworkTimeout' },
  { thrown: systemError('EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.1:443'), code: 'NetworkFailed' },
  { thrown: systemError('ENETUNREACH', 'connect ENETUNREACH ::1:443'), code: 'NetworkFailed' },
  { thrown: new Error('something else'), code: 'NetworkFailed' },
  { thrown: 'a text', code: 'NetworkFailed' },
];

/** Codes of node:tls and OpenSSL for certificates and handshakes: no second attempt makes one of them good. */
const tls = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'EPROTO',
];

describe('host/network-error', () => {
  for (const { thrown, code } of passing) {
    it(`gives ${code}, to be tried again, for ${String(thrown)}`, () => {
      const error = networkError(thrown, destination);
      assert.equal(error.code, code);
      assert.deepEqual(error.retriable, {});
      assert.equal(error.cause, thrown);
      assert.match(error.message, /AWS STS at sts\.eu-west-1\.amazonaws\.com:443/);
      assert.ok(error.message.includes(thrown instanceof Error ? thrown.message : thrown));
    });
  }

  for (const code of tls) {
    it(`gives NetworkTls, not to be tried again, for ${code}`, () => {
      const error = networkError(systemError(code, 'a certificate that will not do'), destination);
      assert.equal(error.code, 'NetworkTls');
      assert.equal(error.retriable, undefined);
      assert.match(error.message, new RegExp(`${code} a certificate that will not do`));
      assert.match(error.message, /never turned off/);
    });
  }

  it('names every nested cause of an AggregateError without a message', () => {
    const thrown = happyEyeballs(
      systemError('ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.1:443'),
      systemError('ENETUNREACH', 'connect ENETUNREACH fd00::1:443'),
    );
    const error = networkError(thrown, destination);
    assert.equal(error.code, 'NetworkTimeout');
    assert.match(error.message, /connect ETIMEDOUT 10\.0\.0\.1:443; connect ENETUNREACH fd00::1:443\./);
  });

  it('names the causes behind an error, each once', () => {
    const refused = systemError('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:443');
    const error = networkError(
      new Error('request failed', { cause: new AggregateError([refused, refused]) }),
      destination,
    );
    assert.equal(error.code, 'NetworkRefused');
    assert.match(error.message, /: request failed; connect ECONNREFUSED 10\.0\.0\.1:443\.\n/);
  });

  it('is never without a reason', () => {
    assert.match(networkError(happyEyeballs(systemError('ECONNREFUSED', '')), destination).message, /ECONNREFUSED/);
  });

  it('names a time-out with its seconds, to be tried again', () => {
    const error = timeoutError(15_000, destination);
    assert.equal(error.code, 'NetworkTimeout');
    assert.match(
      error.message,
      /AWS STS at sts\.eu-west-1\.amazonaws\.com:443 did not send a complete response within 15 s/,
    );
    assert.deepEqual(error.retriable, {});
  });

  it('names an answer that is too large, not to be tried again', () => {
    const error = tooLargeError(1_000_000, destination);
    assert.equal(error.code, 'AnswerTooLarge');
    assert.match(error.message, /more than 1000000 bytes/);
    assert.equal(error.retriable, undefined);
  });
});
