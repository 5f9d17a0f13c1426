import { IamRefusal } from './iam-answers.ts';

const principalTypes = ['AWS', 'Federated', 'Service', 'CanonicalUser'];

/**
 * Throws what IAM answers to a trust policy that it does not take. Elements that it does not know pass: IAM learns new ones.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function checkTrustPolicy(text: string, longest: number): void {
  // eslint-disable-next-line no-control-regex -- the pattern of the API's reference
  if (!/^[\u0009\u000A\u000D\u0020-\u00FF]+$/.test(text))
    throw new IamRefusal(400, 'ValidationError', 'The specified value for policyDocument is invalid.');
  const policy = parse(text);
  if (![undefined, '2012-10-17', '2008-10-17'].includes(policy['Version'] as string | undefined))
    throw malformed('The policy must contain a valid version string');
  const statements = [policy['Statement']].flat();
  if (policy['Statement'] === undefined || statements.length === 0) throw malformed('Syntax errors in policy.');
  statements.forEach(checkStatement);
  if (countCharacters(text) > longest)
    throw new IamRefusal(409, 'LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${longest}`);
}

/** White space between the parts does not count. */
export function countCharacters(json: string): number {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1').length;
}

type Members = Readonly<Record<string, unknown>>;

function parse(text: string): Members {
  try {
    return asMembers(JSON.parse(text));
  } catch {
    throw malformed('This policy contains invalid Json');
  }
}

function checkStatement(value: unknown): void {
  const statement = asMembers(value);
  if (!['Allow', 'Deny'].includes(String(statement['Effect']))) throw malformed('Invalid effect');
  if (!('Action' in statement) && !('NotAction' in statement))
    throw malformed('Policy statement must contain actions.');
  for (const name of ['Action', 'NotAction']) checkTexts(statement[name] ?? []);
  if ('Resource' in statement) throw malformed('Has prohibited field Resource');
  if (!('Principal' in statement)) throw malformed('Missing required field Principal');
  checkPrincipal(statement['Principal']);
  const condition = asMembers(statement['Condition'] ?? {});
  Object.values(condition).forEach(keys => {
    Object.values(asMembers(keys)).forEach(checkValues);
  });
}

function checkPrincipal(value: unknown): void {
  if (value === '*') return;
  for (const [type, names] of Object.entries(asMembers(value))) {
    if (!principalTypes.includes(type)) throw malformed(`Invalid principal type ${type}`);
    checkTexts(names);
    if (type !== 'Federated') continue;
    const bad = [names]
      .flat()
      .find(name => !/^arn:[\w-]+:iam::\d{12}:(?:oidc|saml)-provider\/.|^[\w.-]+$/.test(name as string));
    if (bad !== undefined) throw malformed('Federated principals must be valid domain names or SAML metadata ARNs');
  }
}

function checkTexts(value: unknown): void {
  if ([value].flat().some(one => typeof one !== 'string')) throw malformed('Syntax errors in policy.');
}

function checkValues(value: unknown): void {
  const wrong = [value].flat().some(one => !['string', 'number', 'boolean'].includes(typeof one));
  if (wrong) throw malformed('Syntax errors in policy.');
}

function asMembers(value: unknown): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw malformed('Syntax errors in policy.');
}

function malformed(message: string): IamRefusal {
  return new IamRefusal(400, 'MalformedPolicyDocument', message);
}
