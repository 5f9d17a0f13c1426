import type { ConditionBlock, RequestContext } from './trust-conditions.ts';
import { checkOperators, holds, matchWildcards } from './trust-conditions.ts';

export interface Principals {
  readonly Federated?: string | readonly string[];
  readonly AWS?: string | readonly string[];
  readonly Service?: string | readonly string[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal: string | Principals;
  readonly Action: string | readonly string[];
  readonly Condition?: ConditionBlock;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: Statement | readonly Statement[];
}

/** Who asks: a federated identity, or the session of a role. */
export type Caller =
  | { readonly kind: 'federated'; readonly providerArn: string }
  | { readonly kind: 'session'; readonly roleArn: string; readonly sessionArn: string; readonly accountId: string };

export interface TrustQuestion {
  readonly action: string;
  readonly caller: Caller;
  readonly context: RequestContext;
}

/** `account`: only the caller's account is trusted, so that its own policies must allow the call as well. */
export type TrustAnswer = 'allowed' | 'allowed-for-account' | 'refused';

const known = ['Sid', 'Effect', 'Principal', 'Action', 'Condition'];

/** Reads IAM JSON, text or object; throws for whatever the evaluator would have to guess at. */
export function readTrustPolicy(source: PolicyDocument | string): PolicyDocument {
  const policy = typeof source === 'string' ? (JSON.parse(source) as PolicyDocument) : source;
  if (![undefined, '2012-10-17', '2008-10-17'].includes(policy.Version))
    throw unknown(`version ${policy.Version ?? ''}`);
  for (const statement of [policy.Statement].flat()) checkStatement(statement);
  return policy;
}

function checkStatement(statement: Statement): void {
  const stranger = Object.keys(statement).find(name => !known.includes(name));
  if (stranger !== undefined) throw unknown(`element ${stranger}`);
  if (!['Allow', 'Deny'].includes(statement.Effect)) throw unknown(`effect ${statement.Effect}`);
  checkOperators(statement.Condition ?? {});
}

function unknown(what: string): Error {
  return new Error(`the stand-in's trust policies know no ${what}`);
}

/** Deny wins; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html. */
export function askTrust(policy: PolicyDocument, question: TrustQuestion): TrustAnswer {
  const fitting = [policy.Statement].flat().flatMap(statement => {
    const match = fits(statement, policy.Version, question) ? findCaller(statement, question.caller) : undefined;
    return match ? [{ effect: statement.Effect, match }] : [];
  });
  if (fitting.length === 0 || fitting.some(({ effect }) => effect === 'Deny')) return 'refused';
  return fitting.some(({ match }) => match === 'itself') ? 'allowed' : 'allowed-for-account';
}

function fits(statement: Statement, version: string | undefined, { action, context }: TrustQuestion): boolean {
  if (![statement.Action].flat().some(pattern => matchWildcards(pattern, action, 'i'))) return false;
  return holds(statement.Condition ?? {}, context, version === '2012-10-17');
}

function findCaller({ Principal }: Statement, caller: Caller): 'itself' | 'account' | undefined {
  if (typeof Principal === 'string') return Principal === '*' ? 'itself' : undefined;
  if (caller.kind === 'federated') {
    return [Principal.Federated ?? []].flat().includes(caller.providerArn) ? 'itself' : undefined;
  }
  const named = [Principal.AWS ?? []].flat();
  if (['*', caller.roleArn, caller.sessionArn].some(name => named.includes(name))) return 'itself';
  const partition = caller.roleArn.split(':')[1] ?? '';
  const account = [caller.accountId, `arn:${partition}:iam::${caller.accountId}:root`];
  return account.some(name => named.includes(name)) ? 'account' : undefined;
}
