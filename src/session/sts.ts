import type { Secret } from '../secret.ts';
import type { StsAnswer } from './credentials.ts';

/** The parameters of AssumeRoleWithWebIdentity, named as STS names them. */
export interface WebIdentityRequest {
  readonly roleArn: string;
  readonly roleSessionName: string;
  readonly webIdentityToken: Secret;
  /** Seconds. */
  readonly durationSeconds: number;
  /** Inline session policy, compact JSON. */
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
}

/** AWS STS at one endpoint. Throws a WifError on any refusal; one call is one request. */
export interface Sts {
  assumeRoleWithWebIdentity(request: WebIdentityRequest): Promise<StsAnswer>;
}
