import {
  asList,
  asRecord,
  asText,
  maxDepth,
  type FilePath,
  type JsonRecord,
  type TrustSource,
} from './trust-source.ts';

/** Types of roles, and the attribute with the trust policy: those of the providers aws and awscc. */
const policyAttributes = new Map([
  ['aws_iam_role', 'assume_role_policy'],
  ['awscc_iam_role', 'assume_role_policy_document'],
]);

/** Returns whether a value is what `terraform show -json` prints of a state or a plan, or a state file itself. */
export function isTerraform(value: JsonRecord): boolean {
  return (
    ('format_version' in value && ['values', 'planned_values', 'prior_state'].some(name => name in value)) ||
    ('terraform_version' in value && Array.isArray(value['resources']))
  );
}

/**
 * Returns the trust policies of a plan's or a state's roles, those of nested modules too; of a plan as they will be. A policy that is known
 * after apply only is said. Nothing else of the file is kept: it holds secrets in clear text.
 *
 * @see https://developer.hashicorp.com/terraform/internals/json-format
 */
export function listTerraformRoles(value: JsonRecord): readonly TrustSource[] {
  const [name, values] = ['planned_values', 'values'].flatMap((key): readonly [string, JsonRecord][] => {
    const found = asRecord(value[key]);
    return found === undefined ? [] : [[key, found]];
  })[0] ?? ['', undefined];
  if (values === undefined) return asList(value['resources']).flatMap(listStateRoles);
  return listModuleRoles(asRecord(values['root_module']) ?? {}, [name, 'root_module'], 0);
}

function listModuleRoles(module: JsonRecord, path: FilePath, depth: number): readonly TrustSource[] {
  if (depth > maxDepth) return [];
  const own = asList(module['resources']).flatMap((item, index) => {
    const { type, mode, address, values } = asRecord(item) ?? {};
    const attribute = policyAttributes.get(asText(type) ?? '');
    if (attribute === undefined || mode === 'data') return [];
    const place = [...path, 'resources', index, 'values', attribute];
    return [describeRole(asText(address) ?? attribute, asRecord(values) ?? {}, place)];
  });
  const nested = asList(module['child_modules']).flatMap((one, index) =>
    listModuleRoles(asRecord(one) ?? {}, [...path, 'child_modules', index], depth + 1),
  );
  return [...own, ...nested];
}

/** The form of a state file, version 4. */
function listStateRoles(resource: unknown, at: number): readonly TrustSource[] {
  const { type, mode, module, name, instances } = asRecord(resource) ?? {};
  const attribute = policyAttributes.get(asText(type) ?? '');
  if (attribute === undefined || mode === 'data') return [];
  const address = [module, type, name]
    .map(asText)
    .filter(part => part !== undefined)
    .join('.');
  return asList(instances).map((instance, place) => {
    const { attributes, index_key: key } = asRecord(instance) ?? {};
    const index = key === undefined ? '' : `[${JSON.stringify(key)}]`;
    const path = ['resources', at, 'instances', place, 'attributes', attribute];
    return describeRole(`${address}${index}`, asRecord(attributes) ?? {}, path);
  });
}

/** The last part of the path is the attribute with the trust policy. */
function describeRole(address: string, values: JsonRecord, path: FilePath): TrustSource {
  const attribute = String(path.at(-1));
  const text = asText(values[attribute]);
  return {
    role: { arn: asText(values['arn']), name: asText(values['name']) ?? asText(values['role_name']) ?? address },
    where: address,
    path,
    document: text,
    unresolved: text === undefined ? [`${attribute}: known after apply`] : [],
  };
}
