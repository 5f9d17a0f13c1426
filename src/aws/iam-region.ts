import type { Partition } from '../trust/oidc-provider.ts';

/** Where IAM's one control plane of a partition signs; its STS is asked there, too. */
export const regionOf: Readonly<Record<Partition, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
};
