import type { Route } from './refused-call.ts';

/** Returns the id of the VPC endpoint whose own host a step called; undefined for any other host. */
export function findEndpointId({ host }: Route): string | undefined {
  const [, id] = /^(vpce-[0-9a-f]{8,17})-[a-z0-9-]+\.sts\.[a-z0-9-]+\.vpce\./.exec(host) ?? [];
  return id;
}

/**
 * Returns which condition keys of the network a step's calls have, for a list of what may have decided. Behind the Region's
 * own host may stand a VPC endpoint with private DNS: only of a Microsoft-hosted agent it is certain that none does.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sts_vpc_condition_keys_federated.html
 */
export function describeRoute(route: Route | undefined): readonly string[] {
  if (route === undefined) return [];
  const id = findEndpointId(route);
  if (id !== undefined)
    return [`A condition on the network: this step called VPC endpoint ${id}, so the request has no aws:SourceIp.`];
  if (!/^sts(?:-fips)?\./.test(route.host)) return [];
  const lead = 'A condition on the network, such as aws:SourceVpce: ';
  return [
    route.isMicrosoftHosted
      ? `${lead}this Microsoft-hosted agent called the public endpoint ${route.host}, so the request has only aws:SourceIp.`
      : `${lead}this step called ${route.host}, which is the public endpoint unless a VPC endpoint's private DNS resolves it.`,
  ];
}
