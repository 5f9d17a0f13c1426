import assert from 'node:assert/strict';
import {
  findAgentRoot,
  judgeCertificates,
  noCertificates,
  parseCertificates,
} from '../../src/azure-devops/agent-certificates.ts';

const stated = {
  'Agent.SkipCertValidation': undefined,
  'Agent.CAInfo': undefined,
  'Agent.ClientCert': undefined,
  'Agent.ClientCertKey': undefined,
};

const file =
  '\uFEFF{\r\n  "skipServerCertValidation": true,\r\n  "caCert": "/etc/ca.pem",\r\n  "clientCert": "/etc/c.pem",\r\n  "clientCertPrivatekey": "/etc/c.key"\r\n}';
const own = { skipCertValidation: true, caFile: '/etc/ca.pem', clientCert: '/etc/c.pem', clientCertKey: '/etc/c.key' };

describe('azure-devops/agent-certificates', () => {
  const roots: readonly (readonly [path: string, root: string | undefined])[] = [
    ['/opt/agent/externals/node20_1/bin/node', '/opt/agent'],
    ['/home/vsts/agents/4.265.1/externals/node24/bin/node', '/home/vsts/agents/4.265.1'],
    ['/opt/agent/externals.4.265.1/node20_1/bin/node', '/opt/agent'],
    ['C:\\agents\\one\\externals\\node20_1\\bin\\node.exe', 'C:\\agents\\one'],
    ['/opt/externals/agent/externals/node/bin/node', '/opt/externals/agent'],
    // What a container job sees of its agent.
    ['/__a/externals/node20_1/bin/node', undefined],
    ['C:\\__a\\externals\\node20_1\\bin\\node.exe', undefined],
    ['/usr/local/bin/node', undefined],
    ['/usr/bin/node', undefined],
    ['/externals/node20_1/bin/node', undefined],
    ['/opt/agent/externals-evil/node20_1/bin/node', undefined],
    ['/opt/agent/externals/node20_1/bin/nodejs', undefined],
  ];
  for (const [path, root] of roots) {
    it(`${path} runs in ${root ?? 'no agent that can be seen'}`, () => {
      assert.equal(findAgentRoot(path), root);
    });
  }

  it('reads the file as the agent writes it', () => {
    assert.deepEqual(parseCertificates(file), own);
    assert.deepEqual(parseCertificates('{"SkipServerCertValidation":false,"CACert":null}'), noCertificates);
  });

  for (const text of ['', 'x', 'null', '1', '\uFEFF{']) {
    it(`knows nothing from ${JSON.stringify(text)}`, () => {
      assert.equal(parseCertificates(text), undefined);
    });
  }

  describe('a variable that the file does not bear out is ignored', () => {
    const posed = {
      'Agent.SkipCertValidation': 'True',
      'Agent.CAInfo': '/checkout/ca.pem',
      'Agent.ClientCert': '/checkout/c.pem',
      'Agent.ClientCertKey': '/checkout/c.key',
    } as const;

    it('where the agent has none, and where it has others', () => {
      assert.deepEqual(judgeCertificates(noCertificates, posed), {
        certificates: noCertificates,
        ignored: Object.keys(posed),
      });
      assert.deepEqual(judgeCertificates(own, posed), { certificates: own, ignored: Object.keys(posed).slice(1) });
    });

    it('where the file cannot be seen', () => {
      assert.deepEqual(judgeCertificates(undefined, posed), {
        certificates: noCertificates,
        ignored: Object.keys(posed),
      });
    });

    it('but not where it says the same, or nothing', () => {
      const same = {
        'Agent.SkipCertValidation': 'true',
        'Agent.CAInfo': own.caFile,
        'Agent.ClientCert': own.clientCert,
        'Agent.ClientCertKey': own.clientCertKey,
      };
      for (const one of [same, stated])
        assert.deepEqual(judgeCertificates(own, one), { certificates: own, ignored: [] });
    });
  });
});
