import { WifError } from '../../errors.ts';
import {
  azureDevOpsApplicationId,
  readIdentity,
  tokenExchangeApplicationId,
  tokenExchangeAudience,
  type Identity,
} from '../../identity/audience.ts';
import { readUnverifiedClaims, type Claims } from '../../identity/claims.ts';
import { Secret } from '../../secret.ts';
import { findDuplicateName, parseRecord } from '../../json.ts';
import { nothingDerived, requireNoDifferences } from './identities.ts';
import type { DescribedConnection } from './describe.ts';
import { wrongUsage } from '../terminal/failure.ts';

/** Who asks for a role, and what its token says or would say. */
export interface Caller {
  readonly claims: Claims;
  readonly identity: Identity | undefined;
  /** Whether the claims are in a token; else they are those that a connection's tokens have. */
  readonly isToken: boolean;
  readonly environment: string | undefined;
  readonly warnings: readonly string[];
}

/**
 * Returns who a token speaks of: the token alone, in quotes, behind `Bearer`, over several lines, or as the JSON that Azure DevOps
 * answers with. Nothing is verified, and no error holds any of the token.
 */
export function readTokenCaller(text: string): Caller {
  const token = new Secret(findToken(text));
  const claims = decode(token, text.trim());
  return {
    claims,
    identity: readIdentity(claims),
    isToken: true,
    environment: undefined,
    warnings: ['The token was decoded, not verified: only AWS checks its signature.', ...warnOfDuplicates(token)],
  };
}

function findToken(text: string): string {
  const trimmed = text.trim();
  const bare = trimmed.startsWith('{') ? findMember(trimmed) : trimmed;
  return bare
    .replace(/^["']|["']$/g, '')
    .replace(/^(?:Authorization:\s*)?Bearer\s+/i, '')
    .replace(/\s+/g, '');
}

/** The answer of Azure DevOps; of other JSON nothing is taken for a token. */
function findMember(json: string): string {
  const oidcToken = parseRecord(json)?.['oidcToken'];
  return typeof oidcToken === 'string' ? oidcToken : '';
}

/** `JSON.parse` keeps the last of two members, and nobody documents which one AWS keeps. */
function warnOfDuplicates(token: Secret): readonly string[] {
  const [, payload = ''] = token.reveal().split('.');
  const claim = findDuplicateName(Buffer.from(payload, 'base64url').toString())?.path;
  if (claim === undefined) return [];
  return [
    `The token has the claim ${claim.replace(/^\$\.?/, '')} more than once. Its last value is evaluated, but AWS may use another one. Azure DevOps issues no such tokens.`,
  ];
}

function decode(token: Secret, text: string): Claims {
  try {
    return readUnverifiedClaims(token);
  } catch (thrown) {
    if (!(thrown instanceof WifError)) throw thrown;
    const [reason = 'it is not one'] = thrown.faults.map(({ found }) => found.replace(/^.*? cannot be read: /, ''));
    const why = explainMistake(text, token.reveal()) ?? reason;
    throw wrongUsage(
      `The file given with --token-file contains no ID token: ${why.replace(/\.$/, '')}.`,
      'a JSON Web Token (three base64url parts separated by dots), or the JSON that Azure DevOps returns, {"oidcToken": "..."}.',
      'Save the oidcToken value that Azure DevOps returns.',
    );
  }
}

/** What else people have in such a file; undefined if that cannot be told. Nothing of it is shown. */
function explainMistake(text: string, token: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text.startsWith('{')) return token === '' ? explainJson(text) : undefined;
  return mistakes.find(([pattern]) => pattern.test(token))?.[1];
}

/** White space is gone by then. */
const mistakes: readonly (readonly [pattern: RegExp, found: string])[] = [
  [/^\*+$/, 'it was copied from a log, where the agent masks it'],
  [/\*{3}/, 'a part of it was copied from a log, where the agent masks it'],
  [/^HTTP\/\d/, 'it starts with the headers of an HTTP response'],
  [/^</, 'it is a page in HTML or XML'],
  [/^%7B|%2E|%22/i, 'it is percent-encoded'],
  [/^\$?\w{1,60}["']?[:=]["']?eyJ/, 'it starts with a name instead of the token'],
  [/\.eyJ.*\.eyJ/, 'it has more than one token'],
  [/^[\w-]+(?:\.[\w-]*){4}$/, 'it has five parts, so it is an encrypted token, which only its receiver can read'],
  [/^ZXlK[\w+/=-]+$/, 'it is Base64 of a token; decode it first'],
  [/^[^.]+$/, 'it has no dots, so it may be a personal access token or another secret'],
  [/^[\w.-]*[+/=][\w+/=.-]*$/, 'its parts are Base64 with + / =, not base64url'],
];

/** JSON without a token in its member oidcToken. */
function explainJson(text: string): string {
  const value = parseRecord(text);
  if (value === undefined) return 'it is JSON that is cut off or has a mistake';
  const has = (...names: readonly string[]) => names.some(name => name in value);
  if (has('iss') && has('sub')) return 'it has the claims of a token, but not the token itself';
  if (has('oidcToken')) return 'its member oidcToken is not a text';
  if (has('message', 'typeKey', 'value')) return 'it is an error of Azure DevOps, not a token; its message says why';
  return 'it is JSON without the member oidcToken';
}

/** Returns who the tokens of named connections speak of: on the issuer that each is on, else on all that are derived. */
export function readConnectionCallers(
  described: readonly DescribedConnection[],
  { issuer }: { readonly issuer?: string },
): readonly Caller[] {
  requireNoDifferences(
    described,
    "Compare with aws-wif connection, or diagnose one of the connection's tokens (--token-file).",
  );
  const callers = described.flatMap(one => listCallers(one, issuer !== undefined));
  if (callers.length > 0) return callers;
  throw nothingDerived(described);
}

function listCallers(
  { identities, current, facts, warnings }: DescribedConnection,
  chosen: boolean,
): readonly Caller[] {
  const today = identities.filter(({ issuer }) => issuer.kind === current);
  return (chosen || today.length === 0 ? identities : today).map(identity => ({
    claims: makeClaims(identity),
    identity,
    isToken: false,
    environment: facts.environment,
    warnings,
  }));
}

/** Returns the claims that an identity's tokens have; their times are not known. */
export function makeClaims({ issuer, issuerUrl, subject }: Identity): Claims {
  const entra = issuer.kind === 'entra';
  return {
    iss: issuerUrl,
    sub: subject,
    aud: [entra ? tokenExchangeApplicationId : tokenExchangeAudience],
    azp: entra ? azureDevOpsApplicationId : undefined,
    iat: 0,
    exp: 0,
  };
}
