/** What stands between a pipeline of the project and a service connection; undefined if the token may not see it. */
export interface ConnectionGuards {
  /** Whether every pipeline of the project may use it without being permitted by name. */
  readonly openToAll: boolean | undefined;
  readonly checks: ConnectionChecks | undefined;
}

/** The checks that say who or what may deploy; others, for example business hours, do not. */
export interface ConnectionChecks {
  readonly approval: boolean;
  readonly branchControl: boolean;
}

/**
 * Returns whether a connection is open to all pipelines; undefined if the answer does not say.
 *
 * @see https://learn.microsoft.com/rest/api/azure/devops/approvalsandchecks/pipeline-permissions/get
 */
export function readOpenToAll(answer: unknown): boolean | undefined {
  if (!isRecord(answer) || !Array.isArray(answer['pipelines'])) return undefined;
  const all = answer['allPipelines'];
  return isRecord(all) && all['authorized'] === true;
}

/**
 * Returns which checks guard a connection; undefined if the answer is not a list.
 *
 * @see https://learn.microsoft.com/rest/api/azure/devops/approvalsandchecks/check-configurations/list
 */
export function readChecks(answer: unknown): ConnectionChecks | undefined {
  if (!isRecord(answer) || !Array.isArray(answer['value'])) return undefined;
  const checks = (answer['value'] as readonly unknown[]).filter(isRecord);
  return {
    approval: checks.some(({ type }) => isRecord(type) && type['name'] === 'Approval'),
    branchControl: checks.some(({ settings }) => {
      const definition = isRecord(settings) ? settings['definitionRef'] : undefined;
      return isRecord(definition) && definition['name'] === 'evaluatebranchProtection';
    }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
