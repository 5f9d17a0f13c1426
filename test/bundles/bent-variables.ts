import type { VariableName } from '../../src/azure-devops/job-environment.ts';

/** What somebody would like each kind of variable to be. */
export function bend(name: VariableName, evil: string, url: string): string {
  if (/(?:uri|proxy|proxyurl|endpoint_url\w*)$/i.test(name)) return url;
  if (/tempdirectory|(?:file|dir|certs|conf|modules|bundle|root)$|agent\.(?:client|ca)/i.test(name)) return evil;
  if (name === 'System.HostType') return 'release';
  if (name.endsWith('REGION')) return 'ap-south-1';
  if (name.endsWith('Id')) return '00000000-0000-0000-0000-000000000000';
  if (/Skip|Debug|NODE_USE/.test(name)) return '1';
  return name === 'NODE_OPTIONS' ? '--max-old-space-size=512' : 'evil';
}

/** Another name that becomes the same environment variable. */
export function pose(name: string): string {
  return name.includes('.') ? name.replaceAll('.', '_').toUpperCase() : name.replace('_', '.');
}
