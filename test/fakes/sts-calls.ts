import type { RecordedRequest } from './faults.ts';

/** One call that reached the service, its form decoded. */
export interface StsCall {
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly signed: boolean;
  readonly request: RecordedRequest;
}

/** Reads the query protocol's form; a GET's query counts as well, as it does for STS. */
export function readCall(request: RecordedRequest): StsCall {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
  const parameters = Object.fromEntries([...request.query, ...new URLSearchParams(isForm ? request.body : '')]);
  const signed = request.headers.authorization !== undefined || 'X-Amz-Signature' in parameters;
  return { action: parameters['Action'] ?? '', parameters, signed, request };
}

/** The members of a list parameter, `.arn` or the like behind each number. */
export function readList(parameters: Readonly<Record<string, string>>, name: string, member: string): string[] {
  const list: string[] = [];
  for (let number = 1; ; number += 1) {
    const value = parameters[`${name}.member.${number}${member}`];
    if (value === undefined) return list;
    list.push(value);
  }
}
