import { isGuid, azureDevOpsApplication, parseSubject, type Subject } from '../../identity/issuer.ts';
import { readOperator, readValuePatterns } from '../conditions.ts';
import { stripScheme } from '../oidc-provider.ts';
import { hasWildcards, showPattern } from '../pattern-overlap.ts';
import type { ValuePattern } from '../pattern.ts';
import type { Condition } from '../trust-policy.ts';
import { describeDifference } from '../scene/text-difference.ts';
import { replaceSubjects } from '../corrections/candidates.ts';
import { covers, findCounterpart } from '../corrections/meant.ts';
import { describeForm, isFormOfOther, isFormOfOurs } from '../scene/subject-forms.ts';
import { propose, type Proposal } from './proposal.ts';
import { findMeant, rightUrl, sayOnceRight, type NamedProvider, type Scene } from '../scene/scene.ts';

/** An exact subject: as it is in the policy, and what it stands for. */
interface Literal {
  readonly scene: Scene;
  readonly provider: NamedProvider;
  readonly condition: Condition;
  readonly value: string;
  readonly text: string;
  readonly pattern: ValuePattern;
  readonly subject: Subject;
}

type NamedSubject = Extract<Subject, { readonly kind: 'connection-name' }>;

/** Returns what is wrong with exact subjects: a star taken literally, a kind that this issuer never gives, or names. */
export function findLiterals(scene: Scene, provider: NamedProvider): readonly Proposal[] {
  const literals = listLiterals(scene, provider).map(literal => ({ literal, kind: nameKind(literal) }));
  const select = (wanted: ReturnType<typeof nameKind>) =>
    literals.filter(({ kind }) => kind === wanted).map(({ literal }) => literal);
  return [
    ...select('other').flatMap(literal => judgeLiteral(literal) ?? []),
    ...reportPipelines(scene, provider, select('pipeline')),
    ...reportNamed(scene, provider, select('named')),
  ];
}

/** Where letter case does not count, neither does that of what a subject begins with. */
function readPrefix(text: string, { operator }: Condition): string {
  if (readOperator(operator)?.name !== 'StringEqualsIgnoreCase') return text;
  return text.replace(/^(?:sc:\/\/|p:\/\/|\/eid1\/)/i, prefix => prefix.toLowerCase());
}

function nameKind(literal: Literal): 'named' | 'pipeline' | 'other' {
  const { provider, subject } = literal;
  const isOurs = provider.kind === 'azure-devops' && ['connection-name', 'pipeline'].includes(subject.kind);
  if (!isOurs || !isPlain(literal)) return 'other';
  return subject.kind === 'pipeline' ? 'pipeline' : 'named';
}

/** Of connections that are known to be named so a star is no mistake, nor is one that was escaped. */
function isPlain(literal: Literal): boolean {
  return !isStarred(literal) && findDifference(literal) === undefined;
}

function isStarred({ scene, value, text }: Literal): boolean {
  const isKnown = scene.known.identities.some(({ subject }) => subject === text);
  return !isKnown && hasWildcards(value, scene.policy.version);
}

function listLiterals(scene: Scene, provider: NamedProvider): readonly Literal[] {
  const seen = new Set<string>();
  return findMeant(scene, provider, 'sub').flatMap(({ condition }) =>
    readValuePatterns(condition, scene.policy.version)
      .filter(one => one.isExact)
      .flatMap(pattern => {
        const text = readPrefix(showPattern(pattern), condition);
        if (seen.has(pattern.value)) return [];
        seen.add(pattern.value);
        return [{ scene, provider, condition, value: pattern.value, text, pattern, subject: parseSubject(text) }];
      }),
  );
}

function judgeLiteral(literal: Literal): Proposal | undefined {
  if (isStarred(literal)) return reportStar(literal);
  const difference = findDifference(literal);
  if (difference !== undefined) return reportAlmost(literal, difference);
  switch (literal.provider.kind) {
    case 'azure-devops':
      return reportForeign(literal);
    case 'entra':
    case undefined:
      return isForeign(literal) ? reportForeign(literal) : undefined;
    case 'entra-v1':
      return undefined;
  }
}

/** A managed identity's subject is its object id, a user's is opaque and long: these are somebody else's. */
function isForeign({ text, subject, provider, pattern }: Literal): boolean {
  if (provider.kind === 'entra' && subject.kind === 'unknown') {
    return !isGuid(text) && !text.startsWith('/eid1/') && !/^[\w-]{20,}$/.test(text);
  }
  return isFormOfOther(pattern, provider);
}

/** How a subject differs from one that a connection has which is known, or from all that its issuer writes. */
function findDifference({ scene, provider, condition, text, subject }: Literal): string | undefined {
  const ignoresCase = readOperator(condition.operator)?.name === 'StringEqualsIgnoreCase';
  if (scene.known.identities.some(one => one.subject === text)) return undefined;
  const folded = ignoresCase ? text.toLowerCase() : text;
  for (const identity of scene.known.identities) {
    if (stripScheme(identity.issuerUrl) !== rightUrl(provider)) continue;
    const wanted = ignoresCase ? identity.subject.toLowerCase() : identity.subject;
    const difference = describeDifference(folded, wanted);
    if (difference !== undefined) return `It is not "${identity.subject}": ${difference}.`;
  }
  if (provider.kind === 'entra' && subject.kind === 'unknown' && !ignoresCase && /^\/eid1\/.*\/sc\//i.test(text))
    return idForm;
  if (provider.kind === 'entra' && subject.kind === 'connection-id' && !ignoresCase) {
    const ids = text.includes('/sc/') ? text.slice(text.indexOf('/sc/')) : '';
    return ids === ids.toLowerCase()
      ? undefined
      : 'The issuer writes IDs in lower case, and AWS compares every character.';
  }
  if (provider.kind !== 'azure-devops' || subject.kind !== 'connection-name') return undefined;
  if (/%[0-9a-f]{2}/i.test(text)) return 'The issuer writes names unencoded: a space stays a space, not %20.';
  return text.trim() === text ? findOddName(subject) : 'It begins or ends with a space.';
}

const idForm = `The issuer writes /eid1/c/pub/t/<tenant>/a/${azureDevOpsApplication}/sc/<organization id>/<connection id>, the tenant's ID as Base64url of its bytes.`;

/**
 * What Azure DevOps accepts in no name of an organization or a project, and what examples have instead of a connection's.
 *
 * @see https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions
 */
const unfilled = { name: /[<>{}[\]$*?"|;#+=,]|^YOUR[-_ ]/, connection: /^[<{].*[>}]$|\$\(|^YOUR[-_ ]/ };

/** A name that is an id, or that was not filled in: no connection has such a subject. */
function findOddName({ organization, project, connection }: NamedSubject): string | undefined {
  const names = { organization, project, connection };
  for (const [what, name] of Object.entries(names)) {
    if (isGuid(name)) return `It has an ID instead of the ${what}'s name.`;
    const pattern = what === 'connection' ? unfilled.connection : unfilled.name;
    if (pattern.test(name)) return `It has "${name}" instead of the ${what}'s name.`;
  }
  return undefined;
}

function reportAlmost({ scene, provider, value }: Literal, difference: string): Proposal {
  const means = `The subject "${value}" is compared exactly. ${difference} It allows nobody.`;
  const remedy = 'Copy the subject exactly as the token has it (aws-wif connection shows it).';
  return propose(
    scene,
    { code: 'SubjectAlmostRight', severity: 'medium', means, remedy },
    { provider, claim: { allows: 'nobody', issuer: provider.arn.url, subject: value } },
  );
}

/** Returns what to do about a subject that its issuer never gives. */
export function correctForm(text: string, { kind }: NamedProvider): string {
  if (kind !== undefined)
    return 'Copy the subject from the connection (aws-wif connection shows it); the two issuers write different subjects.';
  return isFormOfOurs(text)
    ? "Use the service connection's provider, subject and audience (aws-wif trust-policy prints them)."
    : "Use the subject exactly as the statement's issuer writes it.";
}

function reportForeign({ scene, provider, condition, value, text }: Literal): Proposal {
  const url = rightUrl(provider);
  const whose = describeForm(text);
  const means = `The subject "${value}" is not one that ${url} issues${provider.kind === undefined ? '' : ' for a service connection'}${whose}: it allows nobody.`;
  const remedy = correctForm(text, provider);
  const { identities } = scene.known;
  const other = identities.find(({ subject }) => subject === text);
  const right = other === undefined ? undefined : findCounterpart(other, identities);
  const candidates =
    right !== undefined && stripScheme(right.issuerUrl) === url
      ? [replaceSubjects(scene, condition, one => (one === value ? [right.subject] : undefined))]
      : [];
  const claim = { allows: 'nobody', issuer: provider.arn.url, subject: text } as const;
  return propose(
    scene,
    { code: 'SubjectOfOtherIssuer', severity: 'medium', means, remedy },
    { provider, claim, candidates },
  );
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String */
function reportStar({ scene, provider, condition, value, text }: Literal): Proposal {
  const isOurs = provider.kind === 'azure-devops' || provider.kind === 'entra';
  const means = `The subject "${value}" is compared literally: * and ? are wildcards only with StringLike. It allows only ${isOurs ? 'a connection' : 'a caller'} with exactly that name.`;
  const remedy = isOurs
    ? 'Write the subjects of the connections that may assume the role in full.'
    : 'Write the subjects in full, or use StringLike if a pattern is intended.';
  const url = rightUrl(provider);
  const meant = scene.known.identities.filter(
    ({ issuerUrl, subject }) => stripScheme(issuerUrl) === url && covers(value, subject, scene.policy.version),
  );
  const candidates =
    meant.length === 0
      ? []
      : [replaceSubjects(scene, condition, one => (one === value ? meant.map(({ subject }) => subject) : undefined))];
  return propose(
    scene,
    { code: 'WildcardInStringEquals', severity: 'medium', means, remedy },
    { provider, candidates, concerns: caller => caller.subject === text },
  );
}

function reportNamed(scene: Scene, provider: NamedProvider, literals: readonly Literal[]): readonly Proposal[] {
  if (literals.length === 0) return [];
  const means = `${listSubjects(literals, 'made of names')}: renaming the organization, project or connection locks the pipeline out, and anyone who can create a connection with that name in the project can assume the role.`;
  const remedy =
    'Convert the connection to the Entra issuer, whose subjects consist of IDs; trust both identities until then.';
  const optional = { provider, claim: claimCallers(provider, literals) };
  const essentials = { code: 'NameSubject', severity: 'low', means: sayOnceRight(provider, means), remedy } as const;
  return [propose(scene, essentials, optional)];
}

/** @see https://learn.microsoft.com/azure/devops/pipelines/process/approvals */
function reportPipelines(scene: Scene, provider: NamedProvider, literals: readonly Literal[]): readonly Proposal[] {
  if (literals.length === 0) return [];
  const means = `${listSubjects(literals, "a pipeline's, not a service connection's")}: every run of that pipeline, from any branch, can assume the role without the approvals and checks of a service connection. The subject consists of names, and the Microsoft Entra issuer has no equivalent.`;
  const remedy =
    'Trust the subject of a service connection that only this pipeline may use, with its approvals and checks (aws-wif trust-policy).';
  const optional = { provider, claim: claimCallers(provider, literals) };
  const essentials = {
    code: 'PipelineSubject',
    severity: 'medium',
    means: sayOnceRight(provider, means),
    remedy,
  } as const;
  return [propose(scene, essentials, optional)];
}

function listSubjects(literals: readonly Literal[], what: string): string {
  const values = literals.map(({ value }) => `"${value}"`).join(', ');
  return literals.length === 1 ? `The subject ${values} is ${what}` : `Each of the subjects ${values} is ${what}`;
}

function claimCallers({ arn }: NamedProvider, literals: readonly Literal[]) {
  return { allows: 'callers', issuer: arn.url, subjects: literals.map(({ text }) => text) } as const;
}
