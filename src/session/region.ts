/** An AWS partition from which Azure DevOps' issuers can be reached. */
export type Partition = 'aws' | 'aws-cn' | 'aws-us-gov' | 'aws-eusc';

/**
 * DNS suffix of each partition's endpoints.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/sts.html
 */
const suffixes: Readonly<Record<Partition, string>> = {
  aws: 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
  'aws-us-gov': 'amazonaws.com',
  'aws-eusc': 'amazonaws.eu',
};

/**
 * DNS suffix of each partition's dual-stack endpoints, which answer on IPv6, too. Only stsEndpoint chooses one.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/sts.html
 */
const dualStackSuffixes: Readonly<Record<Partition, string>> = {
  aws: 'api.aws',
  'aws-cn': 'api.amazonwebservices.com.cn',
  'aws-us-gov': 'api.aws',
  'aws-eusc': 'api.amazonwebservices.eu',
};

/** The Region of each partition in which IAM's one control plane signs, and what a Region is by default. */
export const firstRegions: Readonly<Record<Partition, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
};

/** Region names: two to four letters, one or two words, a number. */
const region = '[a-z]{2,4}(?:-[a-z]{2,12}){1,2}-[1-9][0-9]?';

/** Anchored, since a host name is built from it. */
const regionPattern = new RegExp(`^${region}$`);

/** Returns whether the text has the form of an AWS region's name; not whether AWS has such a region. */
export function isRegion(text: string): boolean {
  return regionPattern.test(text) && !/^(?:[a-z]+-iso|fips-)/.test(text);
}

/** Returns whether the text names one of the partitions that are supported. */
export function isPartition(text: string): text is Partition {
  return Object.hasOwn(suffixes, text);
}

/** Returns the partition that a region belongs to, by its name. */
export function partitionOf(region: string): Partition {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  return 'aws';
}

/** Returns the regional STS endpoint. The region must have passed `isRegion`. */
export function regionalStsEndpoint(region: string): URL {
  const host = `sts.${region}.${suffixes[partitionOf(region)]}`;
  const url = new URL(`https://${host}`);
  // Whatever a region's text might smuggle into a URL would show in the host.
  if (url.host !== host) throw new TypeError(`"${region}" is not a region`);
  return url;
}

/** Returns whether a host is one of AWS' own STS endpoints: public, FIPS, dual-stack or a VPC interface endpoint. */
export function isAwsStsHost(host: string): boolean {
  const plain = `sts(?:-fips)?(?:\\.${region})?|[a-z0-9-]+(?:\\.[a-z0-9-]+)*\\.sts\\.${region}\\.vpce`;
  const dualStack = `sts(?:-fips)?\\.${region}`;
  return new RegExp(`^(?:(?:${plain})\\.${oneOf(suffixes)}|(?:${dualStack})\\.${oneOf(dualStackSuffixes)})$`).test(
    host,
  );
}

function oneOf(texts: Readonly<Record<Partition, string>>): string {
  return `(?:${Object.values(texts)
    .map(text => text.replaceAll('.', '\\.'))
    .join('|')})`;
}
