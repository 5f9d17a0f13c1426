import { deflateRawSync } from 'node:zlib';
import { readList } from './sts-calls.ts';
import {
  invalidParameter,
  packedPolicyTooLarge,
  refuseAll,
  stsErrors,
  StsRefusal,
  validationError,
} from './sts-errors.ts';

/** What goes into a session besides its role. */
export interface SessionContent {
  readonly policy: string | undefined;
  readonly policyArns: readonly string[];
  readonly tags: ReadonlyMap<string, string>;
}

/** How full the session's packed policy is, in percent; AWS keeps its packing secret, this one is deflate. */
export function measurePacked(asked: SessionContent, limitBytes: number): number | undefined {
  const policy = [asked.policy ?? '', ...asked.policyArns].join('\n').trim();
  const tags = [...asked.tags].flat().join('\n');
  if (policy === '' && tags === '') return undefined;
  const percent = Math.ceil((deflateRawSync(policy + tags).length * 100) / limitBytes);
  if (percent > 100) throw new StsRefusal(packedPolicyTooLarge(percent, policy === '' ? 'tags' : 'policy'));
  return percent;
}

export function checkPolicy(text: string): void {
  const policy = parseObject(text);
  if (!policy) throw new StsRefusal(stsErrors.malformedPolicy);
  if (!('Statement' in policy))
    throw new StsRefusal({ ...stsErrors.malformedPolicy, message: 'Syntax errors in policy.' });
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

export function readPolicyArns(parameters: Readonly<Record<string, string>>): string[] {
  const arns = readList(parameters, 'PolicyArns', '.arn');
  if (arns.length > 10)
    throw new StsRefusal(validationError('You can attach at most 10 managed policies to a session.'));
  const bad = arns.find(arn => !/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/.+$/.test(arn));
  if (bad !== undefined) throw new StsRefusal(validationError(`ARN ${bad} is not valid.`));
  return arns;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html, "Things to know". */
export function readTags(parameters: Readonly<Record<string, string>>): Map<string, string> {
  const keys = readList(parameters, 'Tags', '.Key');
  const values = readList(parameters, 'Tags', '.Value');
  if (keys.length > 50) throw new StsRefusal(validationError('You can pass at most 50 session tags.'));
  if (new Set(keys.map(key => key.toLowerCase())).size < keys.length) {
    throw new StsRefusal(invalidParameter('Duplicate tag keys found. Please note that Tag keys are case insensitive.'));
  }
  if (keys.some(key => /^aws:/i.test(key))) {
    throw new StsRefusal(invalidParameter('aws: prefixed tag key names are not allowed for external use.'));
  }
  refuseAll(keys.filter(key => key.length > 128).map(key => `Value '${key}' at 'tags' failed to satisfy constraint`));
  refuseAll(values.filter(value => value.length > 256).map(() => `Value at 'tags' failed to satisfy constraint`));
  return new Map(keys.map((key, index) => [key, values[index] ?? '']));
}
