import { WifError, type ErrorCode } from '../../errors.ts';
import { CliFailure, type FailureExit } from './failure.ts';

/** What the domain refuses: the exit code of each refusal that a command can meet. */
const exits: Partial<Readonly<Record<ErrorCode, FailureExit>>> = {
  IdentityNotDerivable: 2,
  TrustPolicyRefused: 1,
  TrustPolicyTooLarge: 1,
  TrustPolicyUnreadable: 2,
  TokenMalformed: 2,
};

/** Returns any thrown value as a failure of the command line; what is not known is a defect of ours. */
export function asFailure(thrown: unknown): CliFailure {
  if (thrown instanceof CliFailure) return thrown;
  if (thrown instanceof WifError) return new CliFailure(exits[thrown.code] ?? 3, thrown.faults, thrown);
  const found = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new CliFailure(
    3,
    [
      {
        code: 'InternalError',
        found: `aws-wif failed in a way it does not know: ${found}`,
        expected: 'no such failure; this is a defect of aws-wif.',
        remedy: 'Report it with the command line, without tokens.',
      },
    ],
    thrown,
  );
}
