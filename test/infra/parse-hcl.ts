import { createRequire } from 'node:module';

/** The package's own types pull a browser's into every file, where they contradict those of Node. */
const { parse } = createRequire(import.meta.url)('@cdktf/hcl2json') as {
  readonly parse: (name: string, text: string) => Promise<Record<string, unknown>>;
};

/** Returns HCL as the JSON that means the same; rejects what Terraform's own parser does not take. */
export function parseHcl(name: string, text: string): Promise<Record<string, unknown>> {
  return parse(name, text);
}
