/** An error as STS words it; see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html. */
export interface StsError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** Thrown inside the stand-in to refuse a request. */
export class StsRefusal extends Error {
  readonly error: StsError;

  constructor(error: StsError) {
    super(error.message);
    this.name = 'StsRefusal';
    this.error = error;
  }
}

const slow = 'Please reduce your request rate.';

/** Errors to plan with `failNext`, and those that the stand-in finds on its own. */
export const stsErrors = {
  accessDenied: error(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'),
  incorrectAudience: error(400, 'InvalidIdentityToken', 'Incorrect token audience'),
  noVerificationKey: error(
    400,
    'InvalidIdentityToken',
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  ),
  notAJwt: error(
    400,
    'InvalidIdentityToken',
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  ),
  notYetValid: error(400, 'InvalidIdentityToken', 'The ID Token provided is not valid yet.'),
  idpCommunication: error(
    400,
    'IDPCommunicationError',
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  ),
  idpRejectedClaim: error(403, 'IDPRejectedClaim', 'The identity provider (IdP) reported that authentication failed.'),
  malformedPolicy: error(400, 'MalformedPolicyDocument', 'This policy contains invalid Json'),
  throttling: error(400, 'Throttling', 'Rate exceeded'),
  throttlingException: error(400, 'ThrottlingException', 'Rate exceeded'),
  tooManyRequests: error(429, 'TooManyRequestsException', 'Too Many Requests'),
  requestLimitExceeded: error(503, 'RequestLimitExceeded', 'Request limit exceeded.'),
  slowDown: error(503, 'SlowDown', slow),
  internalFailure: error(500, 'InternalFailure', 'An internal error occurred.'),
  serviceUnavailable: error(503, 'ServiceUnavailable', 'Service is currently unavailable. Please try again later.'),
  signedWebIdentity: error(403, 'InvalidClientTokenId', 'The stand-in takes no signed AssumeRoleWithWebIdentity.'),
  missingAuthentication: error(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token'),
  invalidClientToken: error(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.'),
  expiredSession: error(403, 'ExpiredToken', 'The security token included in the request is expired'),
  signatureMismatch: error(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  ),
  invalidRequestArn: error(400, 'ValidationError', 'Request ARN is invalid'),
  durationOverRole: error(
    400,
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
  ),
  durationOverChain: error(
    400,
    'ValidationError',
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  ),
} as const satisfies Readonly<Record<string, StsError>>;

/** No IAM OIDC provider for the issuer in the role's account. */
export function missingProvider(issuer: string): StsError {
  return error(400, 'InvalidIdentityToken', `No OpenIDConnect provider found in your account for ${issuer}`);
}

export function missingClaim(name: string): StsError {
  return error(400, 'InvalidIdentityToken', `Missing a required claim: ${name}`);
}

/** Both times in seconds since 1970. */
export function expiredToken(now: number, expiration: number): StsError {
  const text = `Token expired: current date/time ${now} must be before the expiration date/time ${expiration}`;
  return error(400, 'ExpiredTokenException', text);
}

export function packedPolicyTooLarge(percent: number, what: 'policy' | 'tags' = 'policy'): StsError {
  const policy = `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`;
  const tags = `Packed size of session tags consumes ${percent}% of allotted space.`;
  return error(400, 'PackedPolicyTooLarge', what === 'policy' ? policy : tags);
}

export function regionDisabled(accountId: string): StsError {
  return error(
    403,
    'RegionDisabledException',
    `STS is not activated in this region for account:${accountId}. Your account administrator can activate STS in this region using the IAM Console.`,
  );
}

export function unauthorized(callerArn: string, action: string, resource: string): StsError {
  const text = `User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource}`;
  return error(403, 'AccessDenied', text);
}

export function validationError(message: string): StsError {
  return error(400, 'ValidationError', message);
}

export function incompleteSignature(message: string): StsError {
  return error(400, 'IncompleteSignature', message);
}

export function signatureRefused(message: string): StsError {
  return error(403, 'SignatureDoesNotMatch', message);
}

export function invalidParameter(message: string): StsError {
  return error(400, 'InvalidParameterValue', message);
}

export function invalidAction(action: string, version: string): StsError {
  return error(400, 'InvalidAction', `Could not find operation ${action} for version ${version}`);
}

/** Names all that is wrong at once, as AWS does. */
export function refuseAll(found: readonly string[]): void {
  if (found.length === 0) return;
  const count = found.length === 1 ? '1 validation error' : `${found.length} validation errors`;
  throw new StsRefusal(validationError(`${count} detected: ${found.join('; ')}`));
}

function error(status: number, code: string, message: string): StsError {
  return { status, code, message };
}
