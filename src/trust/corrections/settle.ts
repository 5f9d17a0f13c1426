import { ranks } from '../admission.ts';
import { decideCaller, listCallers, listCallersOf, type Caller } from '../callers.ts';
import { evaluateTrust, type Decision } from '../evaluate.ts';
import { compareDoubts } from './doubts.ts';
import { largestQuota, measurePolicy } from '../policy-document.ts';
import { parseTrustPolicy, type PolicyDocument, type StatementElement, type TrustPolicy } from '../trust-policy.ts';
import { findCounterpart, isExcluded, isMeantByPattern, isMentioned, isNamed } from './meant.ts';
import { stripScheme } from '../oidc-provider.ts';
import type { Correction, FindingCode, KnownParts } from '../findings/finding.ts';
import type { Proposal } from '../findings/proposal.ts';
import { describeImplied, describeScenes, rightUrl, type Scene } from '../scene/scene.ts';

/** A policy, and everyone that it was asked about. */
export interface Bench {
  readonly scenes: readonly Scene[];
  /** An Allow for everyone as if it named the providers that its conditions are about. */
  readonly implied: readonly Scene[];
  readonly policy: TrustPolicy;
  readonly known: KnownParts;
  readonly callers: readonly { readonly caller: Caller; readonly decision: Decision }[];
  /** Returns whether the policy allows an issuer's tokens with a subject, or may. */
  readonly allows: (url: string, subject: string) => boolean;
}

/** Returns what findings and corrections of a policy are judged by; where no corrections are wanted none are built. */
export function describeBench(policy: TrustPolicy, known: KnownParts, corrects = true): Bench {
  const [scenes, implied] = [describeScenes(policy, known, corrects), describeImplied(policy, known)];
  const providers = [...scenes, ...implied].flatMap(scene => scene.providers);
  const issuers = providers.flatMap(provider => {
    const { partition, accountId } = provider.arn;
    const account = { partition: partition as 'aws', accountId };
    // A URL that no issuer has is in no request.
    const isAsked = provider.urlFaults.length === 0 || provider.meant !== undefined;
    return isAsked ? [{ url: rightUrl(provider), account }] : [];
  });
  const source = { account: known.account, issuers, identities: known.identities };
  const ask = (): Bench['callers'] =>
    listCallers(policy, { ...source, spellings: corrects })
      .filter(caller => isKnown(caller, known) || !isStray(caller))
      .map(caller => new AskedCaller(policy, caller));
  let callers: Bench['callers'] | undefined;
  return {
    scenes,
    implied,
    policy,
    known,
    allows: (url, subject) =>
      listCallersOf(policy, source, { url, subject }).some(one => decideCaller(policy, one) !== 'denied'),
    // Not every finding asks for them.
    get callers() {
      callers ??= ask();
      return callers;
    },
  };
}

/** No connection has a name with such characters, or a space at its end: a text like it is a mistake. */
function isStray({ connection }: Caller): boolean {
  const { subject = '' } = connection ?? {};
  return (
    subject.startsWith('sc://') && (/[\p{Cc}\u00ad\u200b\u2060\ufeff]/u.test(subject) || subject.trim() !== subject)
  );
}

/** Decided when it is asked for: a finding looks at few of them. */
class AskedCaller {
  readonly caller: Caller;
  readonly #policy: TrustPolicy;

  constructor(policy: TrustPolicy, caller: Caller) {
    this.caller = caller;
    this.#policy = policy;
  }

  get decision(): Decision {
    return decideCaller(this.#policy, this.caller);
  }
}

/**
 * Returns the first correction of a proposal that does no harm: nobody who is denied gets further by it but a service
 * connection that an Allow names or visibly means and nothing excludes, and nobody is denied whom the finding is not about.
 * If its statement has further mistakes, it is completed, unless that does harm. Undefined if there is none.
 */
export function chooseCorrection(
  { candidates, concerns }: Proposal,
  bench: Bench,
  complete: (document: PolicyDocument) => Completed,
): Chosen | undefined {
  for (const document of candidates) {
    const allows = document === undefined ? undefined : judgeCandidate(document, concerns, bench);
    if (document === undefined || allows === undefined) continue;
    const whole = complete(document);
    const allAllows = whole.covered.length === 0 ? allows : judgeCandidate(whole.document, concerns, bench);
    if (allAllows !== undefined) return choose(whole, allAllows, bench);
    return choose({ ...whole, document, covered: [], isDead: whole.isDeadAlone }, allows, bench);
  }
  return undefined;
}

/** A correction with those of the other mistakes of its statement that kept it from allowing anybody. */
export interface Completed {
  readonly document: PolicyDocument;
  /** The findings whose mistakes it corrects besides. */
  readonly covered: readonly FindingCode[];
  /** Whether the statements that it changes still allow nobody. */
  readonly isDead: boolean;
  /** The same of the first correction on its own. */
  readonly isDeadAlone: boolean;
}

/** A lawful correction, and what to say about it. */
interface Chosen {
  readonly corrected: PolicyDocument;
  readonly correction: Correction;
  readonly notes: readonly string[];
}

/** The subjects that get further by a correction, and what they have today. */
type Gains = ReadonlyMap<string, Decision>;

function choose({ document, covered, isDead }: Completed, allows: Gains, bench: Bench): Chosen {
  const correction = describeCorrection(document, allows, bench);
  const notes = [
    ...(covered.length === 0 ? [] : [`The correction also covers ${[...new Set(covered)].join(' and ')}.`]),
    ...(isDead ? ['With this correction alone, the statement still allows nobody.'] : []),
    ...(correction.approval === undefined ? [] : [correction.approval]),
  ];
  return { corrected: document, correction, notes };
}

/**
 * Returns the subjects that a lawful candidate allows again; undefined if it breaks the law, or IAM accepts none so
 * large.
 */
function judgeCandidate(
  document: PolicyDocument,
  concerns: Proposal['concerns'],
  { policy, known, callers }: Bench,
): Gains | undefined {
  if (measurePolicy(document) > largestQuota) return undefined;
  const after = parseTrustPolicy(document);
  const allows = new Map<string, Decision>();
  const left = new Set<string>();
  for (const { caller, decision: before } of callers) {
    const { decision } = evaluateTrust(after, caller.request);
    const { mayGain, mayLose } =
      decision === 'unknown' && before === 'unknown'
        ? compareDoubts(policy, after, caller.request)
        : { mayGain: ranks[decision] > ranks[before], mayLose: ranks[decision] < ranks[before] };
    if (mayLose && !concerns(caller)) return undefined;
    if (decision !== 'denied') left.add(caller.url);
    if (!mayGain) continue;
    if (!mayAllow(caller, policy, known)) return undefined;
    allows.set(caller.subject, allows.get(caller.subject) === 'denied' ? 'denied' : before);
  }
  // Whoever used the role would be among those whom it denies.
  const isEmptied = callers.some(({ caller, decision }) => decision !== 'denied' && !left.has(caller.url));
  return isEmptied ? undefined : allows;
}

/** Returns whether a correction may allow a caller who is denied: the connection that the policy names or visibly means. */
function mayAllow(caller: Caller, policy: TrustPolicy, known: KnownParts): boolean {
  const { connection, request } = caller;
  if (connection === undefined) return false;
  const { subject } = connection;
  if (isExcluded({ policy, subject }, request)) return false;
  if (isNamed({ policy, subject })) return true;
  if (!isKnown(caller, known)) return false;
  const other = findCounterpart(connection, known.identities);
  return isMeantByPattern({ policy, subject }) || (other !== undefined && isNamed({ policy, subject: other.subject }));
}

function describeCorrection(document: PolicyDocument, allows: Gains, bench: Bench): Correction {
  const denies = [...allows.values()].includes('denied') ? 'denies' : 'may deny';
  const [old, fresh] = [listElements(bench.policy.document), listElements(document)];
  const account = bench.known.account?.accountId;
  const owner = `the owner of ${account === undefined ? 'the role' : `account ${account}`}`;
  return {
    before: old.filter(one => !fresh.includes(one)),
    after: fresh.filter(one => !old.includes(one)),
    allows: [...allows.keys()].sort(),
    approval:
      allows.size === 0
        ? undefined
        : `The correction allows ${[...allows.keys()].map(one => `"${one}"`).join(', ')}, which the policy ${denies} today. Ask ${owner} before you apply it.`,
  };
}

export function listElements({ Statement: statements }: PolicyDocument): readonly StatementElement[] {
  return [statements].flat();
}

/** Returns whether a caller is one of an issuer whom no Allow names, and who is not known: a stranger to the policy. */
export function isStrangerOf(caller: Caller, urls: readonly string[], { policy, known }: Scene): boolean {
  return urls.includes(caller.url) && !isMentioned({ policy, subject: caller.subject }) && !isKnown(caller, known);
}

/** Returns whether a caller is one of the identities that are known, on that very issuer. */
export function isKnown({ subject, url }: Caller, { identities }: KnownParts): boolean {
  return identities.some(one => one.subject === subject && stripScheme(one.issuerUrl) === url);
}
