import { guardChanges } from '../../trust/control-policies/changes.ts';
import type { Guardrail } from '../../trust/control-policies/control-policy.ts';
import type { CommandShell } from '../shell.ts';
import { readAll } from '../terminal/failure.ts';
import type { Report } from '../terminal/report.ts';
import { readExemption, type Exemption, type ExemptionOptions } from './options.ts';
import { reportGuardrails } from './report.ts';
import { holdTargets, readSources, type SourceOptions } from './sources.ts';

/** Returns a guardrail, and with an exemption the one that says who may give it: without that whoever may tag a role is free. */
export function withExemption(own: Guardrail, exemption: Exemption | undefined): readonly Guardrail[] {
  if (exemption === undefined) return [own];
  const { administrators, tag } = exemption;
  return [own, guardChanges({ administrators, roles: [], exemption: tag })];
}

/** What differs between guardrails that can have an exemption, and are checked only with `--check`. */
interface Exemptible<Request> {
  readonly read: () => Request;
  readonly guard: (request: Request, tag: Exemption['tag'] | undefined) => Guardrail;
  readonly notes: (request: Request) => readonly string[];
}

/** Returns the report of a guardrail that can have an exemption. Throws with all that is wrong with its options. */
export async function reportExemptible<Request>(
  options: ExemptionOptions & SourceOptions,
  shell: CommandShell,
  { read, guard, notes }: Exemptible<Request>,
): Promise<Report> {
  const readTargets = await holdTargets(options, false);
  const [request, exemption, targets] = readAll(read, () => readExemption(options), readTargets);
  return reportGuardrails(withExemption(guard(request, exemption?.tag), exemption), {
    notes: notes(request),
    inventory: await readSources(targets, shell, { withTags: exemption !== undefined, options }),
    options,
    administrators: exemption?.administrators ?? [],
  });
}
