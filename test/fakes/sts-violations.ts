import type { StsCall } from './sts-calls.ts';

/** Parameters that AssumeRoleWithWebIdentity does not have; STS ignores them, and the caller believes otherwise. */
const foreign = ['ExternalId', 'Tags.member.1.Key', 'TransitiveTagKeys.member.1', 'SourceIdentity', 'SerialNumber'];

/** What is wrong with a call however STS answers it. */
export function findViolations(call: StsCall): string[] {
  const { action, parameters, request } = call;
  const found = [
    ...(request.query.has('WebIdentityToken') ? ['carried the token in the URL'] : []),
    ...(request.method === 'POST' ? [] : [`used ${request.method}`]),
    ...(parameters['Version'] === '2011-06-15' ? [] : ['named no known version']),
    ...(action === 'AssumeRoleWithWebIdentity' ? findSigning(call) : []),
  ];
  return found.map(text => `${action || 'A request'} ${text}`);
}

function findSigning({ parameters, request, signed }: StsCall): string[] {
  const token = request.headers['x-amz-security-token'] !== undefined;
  return [
    ...(signed ? ['was signed'] : []),
    ...(token ? ['carried a session token'] : []),
    ...foreign.filter(name => name in parameters).map(name => `carried ${name}`),
  ];
}
