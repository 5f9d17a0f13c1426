import assert from 'node:assert/strict';
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, SpecDatabase } from '@aws-cdk/service-spec-types';
import { parseTemplate, readTemplate, type Fields } from './read-template.ts';

type Properties = Readonly<Record<string, Property>>;

/** Returns what is wrong with a resource's properties by AWS's own tables: unknown, missing, or of another type. */
function checkProperties(db: SpecDatabase, properties: Properties, given: Fields, path: string): readonly string[] {
  const missing = Object.entries(properties).flatMap(([name, { required }]) =>
    required === true && given[name] === undefined ? `${path}.${name} is missing` : [],
  );
  const wrong = Object.entries(given).flatMap(([name, value]) => {
    const property = properties[name];
    return property === undefined
      ? [`${path}.${name} is unknown`]
      : checkType(db, property.type, value, `${path}.${name}`);
  });
  return [...missing, ...wrong];
}

/** What a function of CloudFormation gives is not known here; the tests of the stack look at it. */
function isIntrinsic(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const [name = '', ...others] = Object.keys(value);
  return others.length === 0 && /^(?:Ref|Condition|Fn::.*)$/.test(name);
}

function checkType(db: SpecDatabase, type: PropertyType, value: unknown, path: string): readonly string[] {
  if (isIntrinsic(value)) return [];
  const unless = (fits: boolean) => (fits ? [] : [`${path} is no ${type.type}`]);
  switch (type.type) {
    case 'string':
      return [
        ...unless(typeof value === 'string'),
        ...(type.allowedValues?.includes(String(value)) === false ? [`${path} is none of its values`] : []),
      ];
    case 'boolean':
      return unless(typeof value === 'boolean');
    case 'integer':
    case 'number':
      return unless(typeof value === 'number');
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((one, place) => checkType(db, type.element, one, `${path}[${place}]`))
        : unless(false);
    case 'ref': {
      const { properties } = db.get('typeDefinition', type.reference.$ref);
      return checkProperties(db, properties, value as Fields, path);
    }
    case 'json':
      return unless(typeof value === 'object');
    case 'union':
      return type.types.some(one => checkType(db, one, value, path).length === 0) ? [] : unless(false);
    case 'date-time':
    case 'map':
    case 'null':
    case 'tag':
      return [`${path}: the test does not know ${type.type}`];
  }
}

function checkResources(db: SpecDatabase, resources: Readonly<Record<string, Fields>>): readonly string[] {
  return Object.entries(resources).flatMap(([name, { Type, Properties: given }]) => {
    const [resource] = db.lookup('resource', 'cloudFormationType', 'equals', String(Type));
    return resource === undefined
      ? [`${name} is of an unknown type`]
      : checkProperties(db, resource.properties, given as Fields, name);
  });
}

describe("infra/cloudformation, by AWS's tables of resource properties", () => {
  let db: SpecDatabase;
  before(() => {
    db = loadAwsServiceSpecSync();
  });

  for (const file of ['wif-role.yaml', 'wif-role-stack-set.yaml', 'wif-guardrails.yaml', 'thumbprint-refresher.yaml']) {
    it(`${file} has known properties only, of their types, and all that are required`, () => {
      const { Resources } = readTemplate(file);
      assert.ok(Object.keys(Resources).length > 0, 'no resource was read');
      assert.deepEqual(checkResources(db, Resources), []);
    });
  }

  const rows = [
    { yaml: 'Type: AWS::IAM::Role\n    Properties: {}', says: 'x.AssumeRolePolicyDocument is missing' },
    { yaml: 'Type: AWS::IAM::OIDCProvider\n    Properties: { Thumbprints: [] }', says: 'x.Thumbprints is unknown' },
    { yaml: 'Type: AWS::IAM::OIDCProvider\n    Properties: { ClientIdList: a }', says: 'x.ClientIdList is no array' },
    { yaml: 'Type: AWS::IAM::OpenIdProvider\n    Properties: {}', says: 'x is of an unknown type' },
  ];
  for (const { yaml, says } of rows) {
    it(`finds that ${says}`, () => {
      assert.deepEqual(checkResources(db, parseTemplate(`Resources:\n  x:\n    ${yaml}\n`).Resources), [says]);
    });
  }
});
