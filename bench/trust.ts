import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

/** How programs are made to trust the stand-ins' authority without being slower or faster for it. */
export interface Trust {
  /** The authority alone, for curl and the AWS CLI. */
  readonly file: string;
  /** For a Node: environment variables, the same for every script. */
  readonly environment: (nodeMajor: number) => Readonly<Record<string, string>>;
  /** For a Node that must start without NODE_OPTIONS: switches. */
  readonly switches: readonly string[];
}

/**
 * Writes the authority into a folder. Against the public CAs that a Node knows, which a real run uses, this costs
 * 2 ms with Node 20 (OpenSSL's file, with all public ones in it) and less than 1 ms with Node 24 (a script loaded before);
 * the other way round either costs 5 ms more, and NODE_EXTRA_CA_CERTS would make the task build a list of its own.
 */
export function writeTrust(folder: string, authority: string): Trust {
  const [file, bundle, script] = [join(folder, 'ca.pem'), join(folder, 'roots.pem'), join(folder, 'trust.cjs')];
  writeFileSync(file, authority);
  writeFileSync(bundle, [...rootCertificates, authority].join('\n'));
  writeFileSync(script, preload(authority));
  return {
    file,
    environment: nodeMajor =>
      nodeMajor < 24
        ? { NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: bundle }
        : { NODE_OPTIONS: `--require=${script}` },
    switches: ['--require', script],
  };
}

/** Adds the authority to every context that Node makes, whatever else is in it. */
function preload(authority: string): string {
  return `
    const tls = require('node:tls');
    const create = tls.createSecureContext;
    tls.createSecureContext = options => {
      const made = create(options);
      made.context.addCACert(${JSON.stringify(authority)});
      return made;
    };
  `;
}
