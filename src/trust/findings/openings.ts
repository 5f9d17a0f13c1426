import { readOperator } from '../conditions.ts';
import type { Condition, PolicyDocument } from '../trust-policy.ts';
import { webIdentityAction } from '../web-identity.ts';
import type { Finding } from './finding.ts';
import { allowsWebIdentity, changeCondition, changeStatement, found, type Scene } from './scene.ts';

/** Returns where a statement's principals, actions or operators let in more than was meant, or nobody. */
export function findOpenings(scene: Scene): readonly Finding[] {
  if (scene.statement.effect !== 'Allow') return [];
  return [
    ...findEveryone(scene),
    ...findActions(scene),
    ...scene.statement.conditions.flatMap(one => findLax(scene, one)),
  ];
}

function findEveryone(scene: Scene): readonly Finding[] {
  const { negated, listed } = scene.statement.principals;
  if (!negated && !listed.some(({ type, value }) => value === '*' && (type === '*' || type === 'AWS'))) return [];
  return [
    found(scene, {
      code: 'PrincipalEveryone',
      severity: 'critical',
      means: 'The statement names everyone as principal: any AWS account and any identity provider of this account.',
      remedy: 'Name the OIDC provider: {"Federated": "<provider ARN>"}.',
    }),
  ];
}

/**
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html (mismatched action for
 * principal)
 */
function findActions(scene: Scene): readonly Finding[] {
  const { providers, statement } = scene;
  const { negated, patterns } = statement.actions;
  if (providers.length === 0) return [];
  const shown = patterns.join(', ');
  const corrected = correctAction(scene);
  if (!allowsWebIdentity(scene)) {
    return [
      found(
        scene,
        {
          code: 'ActionWrong',
          severity: 'medium',
          means: `The statement allows ${negated ? 'all but ' : ''}${shown}, but a token of an OIDC provider is exchanged with ${webIdentityAction}: nobody gets in.`,
          remedy: `Write ${webIdentityAction} as the action.`,
        },
        corrected,
      ),
    ];
  }
  if (!negated && !patterns.some(pattern => /[*?]/.test(pattern))) return [];
  return [
    found(
      scene,
      {
        code: 'ActionTooWide',
        severity: 'high',
        means: `The statement allows ${negated ? 'all but ' : ''}${shown}: more than exchanging a token, session tags for one.`,
        remedy: `Write ${webIdentityAction} as the only action.`,
      },
      corrected,
    ),
  ];
}

function correctAction(scene: Scene): PolicyDocument {
  return changeStatement(scene, element => {
    const { NotAction, ...kept } = element;
    return { ...(NotAction === undefined ? element : kept), Action: webIdentityAction };
  });
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
function findLax(scene: Scene, condition: Condition): readonly Finding[] {
  const { operator: text, key } = condition;
  const operator = readOperator(text);
  const findings: Finding[] = [];
  if (text.startsWith('ForAllValues:')) {
    const means = `${text} on ${key} also holds where the request does not have that key.`;
    const remedy = `Write ${text.slice('ForAllValues:'.length)}: claims of a token have one value.`;
    const corrected = correctOperator(scene, condition, text.slice('ForAllValues:'.length));
    findings.push(found(scene, { code: 'ForAllValuesOnAllow', severity: 'high', means, remedy }, corrected));
  }
  if (operator?.negated) {
    const means = `${text} on ${key} holds for all other values, and where the request does not have that key.`;
    const remedy = 'Say who may get in, with StringEquals, rather than who may not; or deny in a statement of its own.';
    findings.push(found(scene, { code: 'NegatedOperatorOnAllow', severity: 'high', means, remedy }));
  }
  if (text.endsWith('IfExists')) {
    const plain = text.slice(0, -'IfExists'.length);
    const means = `${text} on ${key} also holds where the request does not have that key.`;
    const remedy = `Write ${plain}.`;
    const corrected = correctOperator(scene, condition, plain);
    findings.push(found(scene, { code: 'IfExistsOnAllow', severity: 'high', means, remedy }, corrected));
  }
  return findings;
}

function correctOperator(scene: Scene, condition: Condition, operator: string): PolicyDocument | undefined {
  return changeCondition(scene, condition, one => ({ ...one, operator }));
}
