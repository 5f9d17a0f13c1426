import { checkOperators, holds, matchWildcards, type ConditionBlock, type RequestContext } from './trust-conditions.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: ConditionBlock;
}

export interface ControlDocument {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

/** A call as the organization sees it: a key that is not in the context is missing. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
  /** A principal of a member account, to whom alone a service control policy applies. */
  readonly isMember: boolean;
}

const known = ['Sid', 'Effect', 'Principal', 'Action', 'Resource', 'Condition'];

/**
 * Returns the statement of control policies that denies a call. The default policy of AWS lets all else pass. It throws for
 * whatever it would have to guess at.
 */
export function findDeny(documents: readonly ControlDocument[], call: Call): string | undefined {
  for (const document of documents) {
    const isOfResources = document.Statement.some(({ Principal }) => Principal !== undefined);
    for (const statement of document.Statement) {
      check(document, statement, isOfResources);
      if ((isOfResources || call.isMember) && applies(statement, call)) return statement.Sid ?? 'a Deny';
    }
  }
  return undefined;
}

function check({ Version }: ControlDocument, statement: Statement, isOfResources: boolean): void {
  const stray = Object.keys(statement).find(name => !known.includes(name));
  if (Version !== '2012-10-17' || stray !== undefined || statement.Effect !== 'Deny')
    throw new Error(`unknown ${stray}`);
  if (isOfResources && statement.Principal !== '*') throw new Error('a resource control policy is for everyone');
  checkOperators(statement.Condition ?? {});
}

function applies({ Action, Resource, Condition = {} }: Statement, { action, resource, context }: Call): boolean {
  return (
    [Action].flat().some(pattern => matchWildcards(pattern, action, 'i')) &&
    [Resource].flat().some(pattern => matchWildcards(pattern, resource)) &&
    holds(Condition, context, true)
  );
}
