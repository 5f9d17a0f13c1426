import { isDeepStrictEqual } from 'node:util';
import { listAudiences } from '../../identity/audience.ts';
import { addEquals, listValues, putMembers, replaceLines, type JsonObject } from '../../trust/policy-document.ts';
import { readClaim } from '../../trust/web-identity.ts';

/** What makes a statement for the Azure DevOps issuer one for the Entra issuer. */
export interface TwinTerms {
  /** Of the provider that retires, without `https://`. */
  readonly oldUrl: string;
  readonly entraArn: string;
  readonly entraUrl: string;
}

/** Statements of ours begin so, with a number if there are several. */
const sidPrefix = 'AwsWifEntra';

/**
 * Returns the same statement for the Entra issuer: its provider alone, exact audiences and subjects in place of all
 * conditions on claims of the old one, other conditions and the actions as they are. It has no Sid yet.
 */
export function writeTwin(statement: JsonObject, subjects: readonly string[], terms: TwinTerms): JsonObject {
  const { oldUrl, entraArn, entraUrl } = terms;
  const others = replaceLines(statement['Condition'], ({ key, values }) =>
    readClaim({ key }, oldUrl) === undefined ? values : undefined,
  );
  const Condition = addEquals(others, {
    [`${entraUrl}:aud`]: listAudiences('entra'),
    [`${entraUrl}:sub`]: [...subjects].sort(),
  });
  return putMembers(statement, { Sid: undefined, Principal: { Federated: entraArn }, Condition });
}

/** Returns the subjects for which a policy has a statement's twin already, by whoever wrote it. */
export function listTwinned(
  statements: readonly JsonObject[],
  statement: JsonObject,
  terms: TwinTerms,
): ReadonlySet<unknown> {
  const twin = writeTwin(statement, [], terms);
  const twins = statements.filter(one => isSameShell(one, twin, terms.entraUrl));
  return new Set(twins.flatMap(one => listSubjects(one, terms.entraUrl)));
}

/**
 * Returns the statements to put instead of each, so that a twin stands behind its original; subjects go into a twin of
 * ours that is the same except for its subjects, if there is one.
 */
export function placeTwin(
  statements: readonly (readonly JsonObject[])[],
  index: number,
  twin: JsonObject,
  url: string,
): readonly (readonly JsonObject[])[] {
  const isOurs = (one: JsonObject): boolean => String(one['Sid']).startsWith(sidPrefix) && isSameShell(one, twin, url);
  if (statements.flat().some(isOurs)) {
    return statements.map(group => group.map(one => (isOurs(one) ? addSubjects(one, twin, url) : one)));
  }
  const Sid = chooseSid(statements.flat());
  return statements.map((group, place) => (place === index ? [...group, { Sid, ...twin }] : group));
}

function addSubjects(statement: JsonObject, twin: JsonObject, url: string): JsonObject {
  const added = listSubjects(twin, url).filter(one => !listSubjects(statement, url).includes(one));
  const Condition = replaceLines(statement['Condition'], ({ operator, key, values }) =>
    operator === 'StringEquals' && key === `${url}:sub` ? [...listValues(values), ...added] : values,
  );
  return putMembers(statement, { Condition });
}

function chooseSid(statements: readonly JsonObject[]): string {
  const taken = new Set(statements.map(({ Sid }) => Sid));
  let [sid, number] = [sidPrefix, 1];
  while (taken.has(sid)) {
    number += 1;
    sid = `${sidPrefix}${number}`;
  }
  return sid;
}

function isSameShell(one: JsonObject, other: JsonObject, url: string): boolean {
  return isDeepStrictEqual(emptyShell(one, url), emptyShell(other, url));
}

/** Without its Sid, and with its exact subjects left out. */
function emptyShell(statement: JsonObject, url: string): JsonObject {
  const Condition = replaceLines(statement['Condition'], ({ operator, key, values }) =>
    operator === 'StringEquals' && key === `${url}:sub` ? 'subjects' : values,
  );
  return putMembers(statement, { Sid: undefined, Condition });
}

function listSubjects(statement: JsonObject, url: string): readonly unknown[] {
  const condition = statement['Condition'] as Readonly<Record<string, JsonObject>> | undefined;
  return listValues(condition?.['StringEquals']?.[`${url}:sub`]);
}
