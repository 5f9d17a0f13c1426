import { findNearest } from '../nearest.ts';

/**
 * The Regions' codes by what their names contain and no other name does.
 *
 * @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
export const regionNames: Readonly<Record<string, string>> = {
  'n. virginia': 'us-east-1',
  ohio: 'us-east-2',
  'n. california': 'us-west-1',
  oregon: 'us-west-2',
  'us-east)': 'us-gov-east-1',
  'us-west)': 'us-gov-west-1',
  'cape town': 'af-south-1',
  'hong kong': 'ap-east-1',
  taipei: 'ap-east-2',
  mumbai: 'ap-south-1',
  hyderabad: 'ap-south-2',
  singapore: 'ap-southeast-1',
  sydney: 'ap-southeast-2',
  jakarta: 'ap-southeast-3',
  melbourne: 'ap-southeast-4',
  malaysia: 'ap-southeast-5',
  'new zealand': 'ap-southeast-6',
  thailand: 'ap-southeast-7',
  tokyo: 'ap-northeast-1',
  seoul: 'ap-northeast-2',
  osaka: 'ap-northeast-3',
  'canada (central)': 'ca-central-1',
  calgary: 'ca-west-1',
  frankfurt: 'eu-central-1',
  zurich: 'eu-central-2',
  ireland: 'eu-west-1',
  london: 'eu-west-2',
  paris: 'eu-west-3',
  milan: 'eu-south-1',
  spain: 'eu-south-2',
  stockholm: 'eu-north-1',
  'tel aviv': 'il-central-1',
  'mexico (central)': 'mx-central-1',
  bahrain: 'me-south-1',
  uae: 'me-central-1',
  'sao paulo': 'sa-east-1',
  beijing: 'cn-north-1',
  ningxia: 'cn-northwest-1',
  brandenburg: 'eusc-de-east-1',
};

/**
 * Returns a doubt in a Region that is not listed here, which is misspelt or new, with those that it may be meant to be; undefined
 * for one that is listed.
 */
export function doubtRegion(region: string): string | undefined {
  const codes = Object.values(regionNames);
  if (codes.includes(region)) return undefined;
  const nearest = findNearest(region, codes).slice(0, 3);
  return `Check the Region ${region}${nearest.length === 0 ? '.' : `: do you mean ${nearest.join(' or ')}?`}`;
}
