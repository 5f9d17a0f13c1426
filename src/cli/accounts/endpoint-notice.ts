type Environment = Readonly<Record<string, string | undefined>>;

/** Tells the user once, before it matters, what the environment changes about requests to AWS. */
export type Notice = (text: string) => void;

/** Hosts of IAM, STS and the sign-in services, as the SDK computes them for each partition. */
const awsHost =
  /^(?:(?:iam|sts|oidc|portal\.sso|cognito-identity)(?:-fips)?(?:\.[a-z]{2,10}(?:-[a-z]{1,12}){0,3}(?:-\d{1,2})?)?\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|api\.aws|api\.amazonwebservices\.(?:com\.cn|eu))|[a-z0-9-]{1,30}\.signin\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com))$/;

/**
 * Returns a sentence where a request to AWS goes to a host that the environment or a profile chose, undefined if it
 * goes to the service's own. What the SDK obeys counts, whatever it found that in.
 *
 * @param url where the request goes
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function describeEndpoint(url: URL, environment: Environment): string | undefined {
  const names = Object.keys(environment).filter(
    name => isEndpointVariable(name) && hostOf(environment[name]) === url.host,
  );
  if (names.length > 0) {
    const isOne = names.length === 1;
    return `${names.toSorted().join(' and ')} ${isOne ? 'is' : 'are'} set: requests go to ${url.host} instead of AWS.`;
  }
  if (awsHost.test(url.hostname)) return undefined;
  const profile = environment['AWS_PROFILE'] ?? 'default';
  return `Requests go to ${url.host} instead of AWS. Look for endpoint_url or services in the AWS profile "${profile}".`;
}

/** Returns a sentence where AWS_CA_BUNDLE names CAs, undefined if it does not. */
export function describeBundle(environment: Environment): string | undefined {
  const path = environment['AWS_CA_BUNDLE']?.trim() ?? '';
  if (path === '') return undefined;
  return `AWS_CA_BUNDLE is set: requests to AWS trust the certificate authorities in ${path} in addition to the public ones.`;
}

function isEndpointVariable(name: string): boolean {
  return /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]{1,60})?$/i.test(name);
}

function hostOf(text: string | undefined): string | undefined {
  return URL.canParse(text ?? '') ? new URL(text ?? '').host : undefined;
}
