import type { Condition } from '../trust-policy.ts';
import { allowsWebIdentity, isRight, type Scene } from '../scene/scene.ts';
import { isSigned } from '../web-identity.ts';
import { propose, type Proposal } from './proposal.ts';

/** Keys that no request for a web identity has, and why. */
interface AbsentKeys {
  /** Of a key in lower case. */
  readonly includes: (key: string) => boolean;
  readonly because: string;
  /** Whether only tokens of Azure DevOps lack them. */
  readonly isOurs: boolean;
}

/**
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (keys of the principal are in
 * signed requests only)
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html (it is not signed, and has no
 * ExternalId)
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
 */
const absent: readonly AbsentKeys[] = [
  {
    includes: key => key === 'sts:externalid',
    because: 'AssumeRoleWithWebIdentity has no ExternalId',
    isOurs: false,
  },
  { includes: key => key.startsWith('saml:'), because: 'a token is not a SAML assertion', isOurs: false },
  {
    includes: isSigned,
    because: 'AssumeRoleWithWebIdentity is not signed, so that its caller has no AWS identity and no MFA device yet',
    isOurs: false,
  },
  {
    includes: key => /^(?:sts:sourceidentity|sts:transitivetagkeys|aws:tagkeys|aws:requesttag\/.*)$/s.test(key),
    because: 'it comes from a claim that Azure DevOps tokens do not have',
    isOurs: true,
  },
];

/**
 * Returns conditions of an Allow that need a key which no request with a token has. The evaluator leaves those open that come
 * from a claim, so that nothing is claimed.
 */
export function findAbsentKeys(scene: Scene): readonly Proposal[] {
  const { providers, statement } = scene;
  if (!allowsWebIdentity(scene) || !providers.some(isRight)) return [];
  const areOurs = isForConnections(scene);
  return absent.flatMap(({ includes, because, isOurs }) => {
    const found = statement.conditions.filter(
      one => includes(one.key.toLowerCase()) && needsKey(one) && (areOurs || !isOurs),
    );
    if (found.length === 0) return [];
    const names = [...new Set(found.map(({ key }) => key))];
    const means = `According to AWS's documentation, no request made with a token has ${names.join(' or ')}: ${because}. The statement therefore allows nobody with a token.`;
    const isMixed = statement.principals.listed.length > providers.length;
    const remedy = isMixed ? separate : 'Remove the condition; the subject is what protects the role.';
    return [propose(scene, { code: 'KeyNotInRequest', severity: 'medium', means, remedy })];
  });
}

/** Returns whether no request with a token of the statement's providers has a key of AWS. */
export function isAbsentKey(scene: Scene, key: string): boolean {
  return absent.some(({ includes, isOurs }) => includes(key.toLowerCase()) && (isForConnections(scene) || !isOurs));
}

function isForConnections({ providers }: Scene): boolean {
  return providers.every(({ kind }) => kind === 'azure-devops' || kind === 'entra');
}

/** For others than the OIDC providers the condition may be what protects the role. */
const separate =
  'Give the OIDC provider its own statement without this condition; leave the condition in the statement of the other principals.';

/** For all operators of IAM, also those that are not evaluated here. */
function needsKey({ operator, values }: Condition): boolean {
  if (operator === 'Null') return values.every(one => one.toLowerCase() === 'false');
  return !/Not|IfExists$|^ForAllValues:/.test(operator);
}

/**
 * Returns elements that no trust policy has.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function findUnknownElements(scene: Scene): readonly Proposal[] {
  const { statement, policy } = scene;
  const elements = [...(statement.index === 0 ? policy.unknownElements : []), ...statement.unknownElements];
  const { negated } = statement.principals;
  return [
    ...(elements.length === 0 ? [] : [reportElements(scene, elements.join(' or '), anyElement)]),
    ...(negated ? [reportElements(scene, 'NotPrincipal', notPrincipal)] : []),
  ];
}

const anyElement = 'Remove it: a trust policy always applies to the role it belongs to.';
const notPrincipal =
  'Name who may assume the role as Principal. To deny all others, use a Deny for the Principal {"AWS": "*"} with StringNotEqualsIfExists: on aws:PrincipalArn, or on the :sub of each issuer, all in this one operator.';

function reportElements(scene: Scene, elements: string, remedy: string): Proposal {
  const means = `A trust policy cannot have ${elements}: IAM rejects the policy.`;
  return propose(scene, { code: 'ElementUnknown', severity: 'medium', means, remedy });
}
