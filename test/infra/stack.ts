import type { Fields, Template } from './read-template.ts';

/** What CloudFormation makes of a template and values for its parameters. */
export interface Stack {
  /** Resources whose condition holds, their properties without intrinsic functions. */
  readonly resources: Readonly<Record<string, Fields>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': '111111111111',
  'AWS::Region': 'eu-west-1',
  'AWS::StackName': 'stack',
};
const noValue = Symbol('AWS::NoValue');

/** Evaluates a template as CloudFormation does, as far as those of infra/ go; throws as it refuses a stack. */
export function makeStack(template: Template, given: Readonly<Record<string, string>>): Stack {
  const scene = { template, values: readParameters(template, given) };
  for (const [name, rule] of Object.entries(template.Rules)) checkRule(scene, name, rule);
  const active = Object.entries(template.Resources).filter(([, { Condition: name }]) => isOn(scene, name));
  const outputs = Object.entries(template.Outputs).filter(([, { Condition: name }]) => isOn(scene, name));
  return {
    resources: Object.fromEntries(
      active.map(([name, resource]) => [name, { ...resource, Properties: resolve(scene, resource['Properties']) }]),
    ),
    outputs: Object.fromEntries(outputs.map(([name, output]) => [name, resolve(scene, output['Value'])])),
  };
}

/** Returns the parameters of a file as `aws cloudformation deploy` reads it: `Key=Value` texts, split at the first `=`. */
export function readParameterFile(text: string): Readonly<Record<string, string>> {
  const list = JSON.parse(text) as readonly string[];
  return Object.fromEntries(list.map(one => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]));
}

interface Scene {
  readonly template: Template;
  readonly values: Readonly<Record<string, unknown>>;
}

function readParameters({ Parameters }: Template, given: Readonly<Record<string, string>>): Fields {
  const stray = Object.keys(given).find(name => Parameters[name] === undefined);
  if (stray !== undefined) throw new Error(`Parameters: [${stray}] do not exist in the template`);
  return Object.fromEntries(
    Object.entries(Parameters).map(([name, parameter]) => [name, readParameter(name, parameter, given[name])]),
  );
}

function readParameter(name: string, parameter: Fields, given: string | undefined): unknown {
  const text = given ?? (parameter['Default'] as string | number | undefined)?.toString();
  if (text === undefined) throw new Error(`Parameters: [${name}] must have values`);
  const isList = parameter['Type'] === 'CommaDelimitedList';
  const values = isList ? text.split(',').map(one => one.trim()) : [text];
  const refuse = () => new Error(`Parameter ${name} failed to satisfy constraint`);
  const { AllowedPattern: pattern, AllowedValues: allowed, MinValue: least, MaxValue: most } = parameter;
  // As a whole: CloudFormation anchors the pattern.
  if (typeof pattern === 'string' && !values.every(one => new RegExp(`^(?:${pattern})$`).test(one))) throw refuse();
  if (Array.isArray(allowed) && !allowed.includes(text)) throw refuse();
  if (parameter['Type'] === 'Number' && !/^\d+$/.test(text)) throw refuse();
  if (typeof least === 'number' && Number(text) < least) throw refuse();
  if (typeof most === 'number' && Number(text) > most) throw refuse();
  return isList ? values : text;
}

function checkRule(scene: Scene, name: string, { RuleCondition: when, Assertions: assertions }: Fields): void {
  if (when !== undefined && resolve(scene, when) !== true) return;
  for (const { Assert: assert } of assertions as readonly Fields[]) {
    if (resolve(scene, assert) !== true) throw new Error(`Rule ${name} failed`);
  }
}

function isOn(scene: Scene, name: unknown): boolean {
  return name === undefined || resolve(scene, { Condition: name }) === true;
}

function resolve(scene: Scene, value: unknown): unknown {
  if (Array.isArray(value)) return value.map(one => resolve(scene, one)).filter(one => one !== noValue);
  if (typeof value !== 'object' || value === null) return value;
  const [first, ...others] = Object.entries(value as Fields);
  const [name, argument] = first ?? ['', undefined];
  const intrinsic = others.length === 0 ? intrinsics[name] : undefined;
  if (intrinsic !== undefined) return intrinsic(scene, argument);
  if (name.startsWith('Fn::')) throw new Error(`Unresolved function ${name}`);
  const entries = Object.entries(value).map(([key, one]) => [key, resolve(scene, one)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== noValue));
}

type Intrinsic = (scene: Scene, argument: unknown) => unknown;

const list = (scene: Scene, argument: unknown) => (argument as readonly unknown[]).map(one => resolve(scene, one));

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (scene, name) => refer(scene, String(name)),
  Condition: (scene, name) => resolve(scene, scene.template.Conditions[String(name)]),
  'Fn::GetAtt': (_, path) => `<${(path as readonly string[]).join('.')}>`,
  'Fn::Equals': (scene, pair) => {
    const [one, other] = list(scene, pair);
    return String(one) === String(other);
  },
  'Fn::Not': (scene, one) => list(scene, one)[0] !== true,
  'Fn::And': (scene, all) => list(scene, all).every(one => one === true),
  'Fn::Or': (scene, all) => list(scene, all).some(one => one === true),
  'Fn::If': (scene, argument) => {
    const [condition, whenTrue, whenFalse] = argument as readonly unknown[];
    return resolve(scene, isOn(scene, condition) ? whenTrue : whenFalse);
  },
  'Fn::Join': (scene, argument) => {
    const [separator, parts] = list(scene, argument) as [string, readonly string[]];
    return parts.join(separator);
  },
  'Fn::Split': (scene, argument) => {
    const [separator, text] = list(scene, argument) as [string, string];
    return text.split(separator);
  },
  'Fn::Sub': (scene, argument) => {
    const [text, variables] = typeof argument === 'string' ? [argument, {}] : (argument as readonly [string, Fields]);
    const own = resolve(scene, variables) as Fields;
    return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => String(own[name] ?? refer(scene, name)));
  },
};

function refer({ template, values }: Scene, name: string): unknown {
  if (name === 'AWS::NoValue') return noValue;
  const known = values[name] ?? pseudo[name];
  if (known !== undefined) return known;
  const resource = template.Resources[name];
  if (resource === undefined) throw new Error(`Unresolved dependency ${name}`);
  if (!isOn({ template, values }, resource['Condition'])) throw new Error(`Unresolved resource dependency ${name}`);
  if (resource['Type'] !== 'AWS::IAM::OIDCProvider') return `<${name}>`;
  // A provider's Ref is its ARN, which ends in its URL.
  const { Url: url } = resolve({ template, values }, resource['Properties']) as Fields;
  return `arn:aws:iam::111111111111:oidc-provider/${String(url).replace('https://', '')}`;
}
