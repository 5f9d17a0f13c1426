import { WifError } from '../../errors.ts';
import { escapeUnit } from '../../secret.ts';
import { renderCompactPolicy, renderPolicy } from '../policy-document.ts';
import type { OneOrMany } from '../trust-policy.ts';
import { webIdentityAction } from '../web-identity.ts';

/**
 * The two kinds of control policies of AWS Organizations. A resource control policy bounds who may use the resources of
 * member accounts, whoever asks; a service control policy bounds what the member accounts' own principals may do.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_authorization_policies.html
 */
export type ControlPolicyType = 'RESOURCE_CONTROL_POLICY' | 'SERVICE_CONTROL_POLICY';

const guardrailNames = ['subjects', 'providers', 'retired', 'changes'] as const;
export type GuardrailName = (typeof guardrailNames)[number];

/** A statement that denies: the only kind that a control policy of one's own may have besides the default Allow. */
export interface DenyStatement {
  readonly Sid: string;
  readonly Effect: 'Deny';
  /** Of resource control policies only, which accept no other principal. */
  readonly Principal?: '*';
  readonly Action: OneOrMany<string>;
  readonly Resource: OneOrMany<string>;
  readonly Condition: Readonly<Record<string, Readonly<Record<string, OneOrMany<string>>>>>;
}

export interface ControlPolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly DenyStatement[];
}

/** A control policy to give to AWS Organizations. Of one that had to be split, `part` counts from 1 to `parts`. */
export interface ControlPolicy {
  readonly guardrail: GuardrailName;
  readonly type: ControlPolicyType;
  readonly part: number;
  readonly parts: number;
  readonly document: ControlPolicyDocument;
  /** In ASCII; with line breaks if it fits with them, else without. */
  readonly text: string;
  /** The size of the text as AWS Organizations counts it: white space counts, too. */
  readonly characters: number;
}

/**
 * The most characters of a control policy, white space included: the AWS CLI and the SDKs send it as it is.
 *
 * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
 */
export const maxControlPolicy = 5120;

/** A tag that exempts a role from a resource control policy. */
export interface ExemptionTag {
  readonly key: string;
  readonly value: string;
}

/** A guardrail before it is split. */
export interface Guardrail {
  readonly guardrail: GuardrailName;
  readonly type: ControlPolicyType;
  readonly statements: readonly DenyStatement[];
  /** What to do if a single statement is too large: its list cannot be split, since each part would deny the other's. */
  readonly howToSplit: string;
}

/**
 * Returns the policies of a guardrail: one, or several if its statements don't fit in one. Throws `ControlPolicyTooLarge` if
 * one statement alone does not fit.
 */
export function fitPolicies(guardrail: Guardrail): readonly ControlPolicy[] {
  const groups: DenyStatement[][] = [];
  for (const statement of guardrail.statements) {
    const last = groups.at(-1);
    if (last !== undefined && fits([...last, statement])) last.push(statement);
    else groups.push([statement]);
  }
  return groups.map((statements, index) => makePolicy(guardrail, statements, [index + 1, groups.length]));
}

function fits(statements: readonly DenyStatement[]): boolean {
  return escapeAll(renderCompactPolicy(makeDocument(statements))).length <= maxControlPolicy;
}

function makePolicy(
  { guardrail, type, howToSplit }: Guardrail,
  statements: readonly DenyStatement[],
  [part, parts]: readonly [number, number],
): ControlPolicy {
  const document = makeDocument(statements);
  const [pretty, compact] = [escapeAll(renderPolicy(document)), escapeAll(renderCompactPolicy(document))];
  const text = pretty.length <= maxControlPolicy ? pretty : compact;
  if (text.length > maxControlPolicy) throw tooLarge(guardrail, text.length, howToSplit);
  return { guardrail, type, part, parts, document, text, characters: text.length };
}

/** A text in ASCII is the same wherever it is printed, so that its size is what AWS Organizations counts. */
function escapeAll(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, escapeUnit);
}

function makeDocument(Statement: readonly DenyStatement[]): ControlPolicyDocument {
  return { Version: '2012-10-17', Statement };
}

function tooLarge(guardrail: GuardrailName, characters: number, remedy: string): WifError {
  return new WifError({
    code: 'ControlPolicyTooLarge',
    found: `A statement in the control policy "${guardrail}" would have ${characters} characters.`,
    expected: `at most ${maxControlPolicy}, white space included.`,
    remedy,
  });
}

type Conditions = DenyStatement['Condition'];

/**
 * Returns a statement of a resource control policy that denies AssumeRoleWithWebIdentity on conditions: for all member
 * accounts' roles, but those with the exemption tag.
 *
 * A role without the tag has no such key: `StringNotEquals` holds for a missing key with or without `IfExists`, which stands
 * there since AWS's own samples write it.
 */
export function denyWebIdentity(
  Sid: string,
  conditions: Conditions,
  exemption: ExemptionTag | undefined,
): DenyStatement {
  return {
    Sid,
    Effect: 'Deny',
    Principal: '*',
    Action: webIdentityAction,
    Resource: '*',
    Condition: exemption === undefined ? conditions : { ...conditions, ...exempt(conditions, exemption) },
  };
}

function exempt(conditions: Conditions, { key, value }: ExemptionTag): Conditions {
  const operator = 'StringNotEqualsIfExists';
  return { [operator]: { ...conditions[operator], [`aws:ResourceTag/${key}`]: value } };
}
