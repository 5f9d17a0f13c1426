/** Why an answer of Azure DevOps is not what was asked for. */
export type Refusal =
  | 'unauthorized'
  | 'sign-in'
  | 'forbidden'
  | 'not-found'
  | 'redirected'
  | 'throttled'
  | 'rejected'
  | 'unavailable'
  | 'too-large'
  | 'unreadable';

/** An answer that is not what was asked for. `said` is the service's own message, the token taken out of it. */
export class AzureDevOpsError extends Error {
  override readonly name = 'AzureDevOpsError';
  readonly service = 'azure-devops';
  readonly refusal: Refusal;
  readonly status: number;
  readonly said: string | undefined;

  constructor(refusal: Refusal, status: number, said: string | undefined) {
    super(`${refusal} (status ${status})`);
    this.refusal = refusal;
    this.status = status;
    this.said = said;
  }
}
