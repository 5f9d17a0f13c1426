import type { Caller } from '../callers.ts';
import { judgeAlone } from '../evaluate.ts';
import { judgeAnyone } from '../scene/guards.ts';
import type { Proposal } from './proposal.ts';
import { isRight } from '../scene/scene.ts';
import { isKnown, type Bench } from '../corrections/settle.ts';

/**
 * Returns whether what a proposal claims of who is allowed is so, as the evaluator sees it; true if it claims nothing.
 * Of a provider that is mistaken a claim is about what would be: there is nothing to ask.
 */
export function holdsClaim(proposal: Proposal, bench: Bench): boolean {
  const { claim, provider, scene } = proposal;
  if (claim === undefined || provider === undefined || scene === undefined) return true;
  switch (claim.allows) {
    case 'anyone':
      return !isRight(provider) || judgeAnyone(scene, provider) !== 'denied';
    case 'nobody':
      return !allowsSomebody(proposal, bench, claim.subject);
    case 'callers':
      return !isRight(provider) || isAnyAllowed(bench, claim.issuer, proposal, claim.subjects);
  }
}

/** Of a subject that the issuer never gives only those who are known could have it all the same. */
function allowsSomebody(
  { scene, provider, statement }: Proposal,
  { policy, known, callers }: Bench,
  subject: string | undefined,
): boolean {
  const one = scene?.statement;
  if (one === undefined || provider === undefined || statement === undefined) return false;
  // Hundreds of findings of one policy are each about a subject, and it has hundreds of thousands of callers.
  if (subject !== undefined && known.identities.every(identity => identity.subject !== subject)) return false;
  const isAsked = (caller: Caller) => subject === undefined || (caller.subject === subject && isKnown(caller, known));
  return callers.some(
    ({ caller }) =>
      isAsked(caller) && caller.request.principal === provider.text && judgeAlone(policy, one, caller.request) === true,
  );
}

/** Where nobody was asked, since the provider is of no account that is known, nothing speaks against it. */
function isAnyAllowed(bench: Bench, url: string, { concerns }: Proposal, subjects: readonly string[]): boolean {
  if (subjects.some(subject => bench.allows(url, subject))) return true;
  const asked = bench.callers.filter(
    ({ caller }) => caller.url === url && (subjects.includes(caller.subject) || concerns(caller)),
  );
  return asked.length === 0 || asked.some(({ decision }) => decision !== 'denied');
}
