/** What the session of a run is called after. */
export interface RunNames {
  readonly definition: string | undefined;
  readonly runId: string | undefined;
  readonly attempt: string | undefined;
}

const longest = 64;

/**
 * Returns whether STS accepts the text as a role session name.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function isSessionName(text: string): boolean {
  return /^[A-Za-z0-9_+=,.@-]{2,64}$/.test(text);
}

/**
 * Returns a session name that leads from CloudTrail back to the run: `<definition>-<run id>-<attempt>`. Characters that
 * STS does not take become dashes; where the whole is too long only the definition's name is cut.
 */
export function nameSession(run: RunNames): string {
  const tail = `-${clean(run.runId) || '0'}-${clean(run.attempt) || '1'}`.slice(0, longest - 1);
  const head = clean(run.definition).slice(0, longest - tail.length) || 'pipeline'.slice(0, longest - tail.length);
  return `${head}${tail}`;
}

function clean(text: string | undefined): string {
  return (text ?? '').replace(/[^A-Za-z0-9_+=,.@-]+/g, '-').replace(/^-+|(?<!-)-+$/g, '');
}
