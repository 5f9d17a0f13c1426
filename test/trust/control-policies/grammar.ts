// The grammar of control policies, as AWS documents it: what IAM's own grammar has, and what AWS Organizations asks besides.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html

type Fields = Readonly<Record<string, unknown>>;

const operator =
  /^(?:Null|(?:(?:ForAllValues|ForAnyValue):)?(?:String(?:Not)?(?:Equals|EqualsIgnoreCase|Like)|Arn(?:Not)?(?:Equals|Like)|Bool)(?:IfExists)?)$/;
const key = /^(?:[a-z0-9-]+:[\w./@=+ :-]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\/[\w.~%+=@-]+)*\/?:[a-z_]+)$/i;
const arn = /^arn:[\w*-]+:iam::(?:\d{12}|\*):[\w+=,.@*?/-]+$/;

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/** Returns where a document is not what AWS accepts as a control policy of one's own. */
export function findGrammarMistakes(text: string, type: string): readonly string[] {
  const document = JSON.parse(text) as Fields;
  const ids = list(document['Statement']).map(one => (one as Fields)['Sid']);
  return [
    ...(text.length > 5120 ? ['it has more than 5,120 characters'] : []),
    // eslint-disable-next-line no-control-regex -- what IAM's API takes of characters
    ...(/^[\u0009\u000a\u000d\u0020-\u00ff]+$/.test(text) ? [] : ['it has characters that IAM does not take']),
    ...(Object.keys(document).join() === 'Version,Statement' && document['Version'] === '2012-10-17'
      ? []
      : ['elements']),
    ...(new Set(ids).size === ids.length ? [] : ['a Sid twice']),
    ...list(document['Statement']).flatMap(one => findInStatement(one as Fields, type)),
  ];
}

function findInStatement(statement: Fields, type: string): readonly string[] {
  const { Sid, Effect, Principal, Action, Resource, Condition, ...stray } = statement;
  const isOfResources = type === 'RESOURCE_CONTROL_POLICY';
  const actions = isOfResources ? /^sts:[A-Z][A-Za-z]+$/ : /^iam:[A-Z][A-Za-z]+$/;
  return [
    ...Object.keys(stray).map(name => `${name} is not an element`),
    ...(typeof Sid === 'string' && /^[A-Za-z0-9]+$/.test(Sid) ? [] : ['a Sid of letters and digits']),
    ...(Effect === 'Deny' ? [] : ['only AWS itself may allow']),
    ...(Principal === (isOfResources ? '*' : undefined) ? [] : ['a principal']),
    ...list(Action).flatMap(one => (actions.test(String(one)) ? [] : [`action ${String(one)}`])),
    ...list(Resource).flatMap(one => (one === '*' || arn.test(String(one)) ? [] : [`resource ${String(one)}`])),
    ...Object.entries((Condition ?? {}) as Fields).flatMap(([name, lines]) => findInLines(name, lines as Fields)),
  ];
}

function findInLines(name: string, lines: Fields): readonly string[] {
  const keys = Object.keys(lines);
  const isNull = (value: unknown) => name !== 'Null' || value === 'true' || value === 'false';
  return [
    ...(operator.test(name) && keys.length > 0 ? [] : [`operator ${name}`]),
    ...(new Set(keys.map(one => one.toLowerCase())).size === keys.length ? [] : ['a key in two letter cases']),
    ...keys.flatMap(one => (key.test(one) ? [] : [`key ${one}`])),
    ...Object.values(lines)
      .flatMap(list)
      .flatMap(one => (typeof one === 'string' && isNull(one) ? [] : [`value ${String(one)}`])),
  ];
}
