import { neutralise } from '../outside-text.ts';

/** Every way in which an issuer's thumbprints cannot be told. The list is closed. */
export const issuerErrorCodes = [
  // where the issuer is
  'ProviderUrlRefused',
  'KeysUrlRefused',
  'AddressRefused',
  // on the way there
  'HostNotFound',
  'HostUnreachable',
  'HostTimeout',
  'TlsFailed',
  // what it answers
  'DiscoveryRejected',
  'DiscoveryTooLarge',
  'DiscoveryUnreadable',
  'DiscoveryOfOtherIssuer',
  'ChainUnreadable',
  // what IAM takes
  'ThumbprintsTooMany',
] as const;

export type IssuerErrorCode = (typeof issuerErrorCodes)[number];

/** What was found, what was expected, what to do: whole sentences. */
export interface IssuerFault {
  readonly code: IssuerErrorCode;
  readonly found: string;
  readonly expected: string;
  readonly remedy: string;
}

/** Why no thumbprint was taken. Outside text in it is neutralised here. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
  readonly fault: IssuerFault;

  constructor(fault: IssuerFault, cause?: unknown) {
    const shown = {
      code: fault.code,
      found: neutralise(fault.found),
      expected: neutralise(fault.expected),
      remedy: neutralise(fault.remedy),
    };
    super(`${shown.code}: ${shown.found}`, { cause });
    this.fault = shown;
  }

  get code(): IssuerErrorCode {
    return this.fault.code;
  }
}
