import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { planRemoval } from '../../../src/handoff/cleanup.ts';
import { judgeFreshness, printCredentials, writeCommandLine } from '../../../src/handoff/credential-process.ts';
import { parseProfiles, renderProfiles } from '../../../src/handoff/profile-text.ts';
import { decodeState, encodeState } from '../../../src/handoff/refresh-state.ts';
import { decodeCache, encodeCache } from '../../../src/handoff/session-cache.ts';
import { decodeNetworkSettings, encodeNetworkSettings } from '../../../src/host/network-settings.ts';
import { readProxySettings, chooseProxy, describeProxy } from '../../../src/host/proxy.ts';
import { Secret } from '../../../src/secret.ts';
import { isRoleArn, parseRoleArn } from '../../../src/session/role-arn.ts';
import { attempt, check, checkPrintable, timeout } from './check.ts';
import { anyText, around } from './texts.ts';

const use = '0123456789abcdef';
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,63}$/).filter(text => text !== 'DEFAULT');
const setting = fc.stringMatching(/^aws_[a-z0-9_]{0,20}$/);
const section = fc.record(
  {
    name,
    use: fc.stringMatching(/^[0-9a-f]{16}$/),
    role: fc.stringMatching(/^[!-~]{1,60}$/),
    settings: fc.dictionary(setting, fc.oneof(anyText, fc.string({ unit: 'grapheme' })), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  },
  { noNullPrototype: true },
);
const kind = fc.constantFrom('config', 'credentials');
const key = fc.stringMatching(/^[!-~]{16,80}$/);
const maxMs = Date.parse('2200-01-01');
const moment = fc.record({
  hostMs: fc.integer({ min: 0, max: maxMs }),
  sinceBootMs: fc.option(fc.nat(), { nil: undefined }),
});
const session = fc.record({
  keys: fc.record({
    accessKeyId: key.map(text => new Secret(text)),
    secretAccessKey: key.map(text => new Secret(text)),
    sessionToken: key.map(text => new Secret(text)),
  }),
  life: fc.record({ opened: moment, lastsMs: fc.integer({ min: 1, max: 43_200_000 }) }),
});
const goal = fc
  .tuple(fc.stringMatching(/^[\w+=,.@-]{1,64}$/), fc.option(name, { nil: undefined }))
  .map(([role, profile]) => {
    const parsed = parseRoleArn(`arn:aws:iam::111111111111:role/${role}`);
    if (!isRoleArn(parsed)) throw new Error(role);
    return {
      profile,
      hops: [parsed] as const,
      region: 'eu-west-1',
      endpoint: new URL('https://sts.eu-west-1.amazonaws.com'),
    };
  });
const proxyUrl = around(
  'http://',
  'https://',
  'user',
  ':',
  'p%ss',
  '@',
  'proxy.example.com',
  ':3128',
  '/',
  '[::1]',
  'socks5://',
);
const expression = around('.*', '^a', '(', '[', '\\.', 'example', '|');
const variables = fc.record({
  'Agent.ProxyUrl': fc.option(proxyUrl, { nil: undefined }),
  'Agent.ProxyUsername': fc.option(anyText, { nil: undefined }),
  'Agent.ProxyBypassList': fc.oneof(
    anyText,
    fc.array(expression, { maxLength: 3 }).map(list => JSON.stringify(list)),
    fc.json(),
  ),
});
const environment = fc.dictionary(
  fc.constantFrom('https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY'),
  fc.oneof(proxyUrl, around('*', '.', 'example.com', '10.0.0.0/8', '10.0.0.0/99', '::/0', '[::1]:1', ',', ':', '/')),
);

describe('hardness/fuzz/files', function () {
  this.timeout(timeout);

  it('config and credentials: what can be written is read as the same, and by a plain reader, too', () => {
    const sections = fc.uniqueArray(section, { selector: ({ name: title }) => title, maxLength: 5 });
    check(fc.tuple(sections, kind), ([written, which]) => {
      const text = tryToRender(() => renderProfiles({ sections: written, foreign: [] }, which));
      if (text === undefined) return;
      assert.deepEqual(parseProfiles(text, which), { sections: written, foreign: [] });
      assert.deepEqual(
        readIni(text),
        written.map(item => [titleOf(item.name, which), Object.entries(item.settings)]),
      );
    });
  });

  it('config and credentials: any other text is kept without becoming ours, or refused and not shown', () => {
    const others = fc
      .array(around('[b]', '[profile c]', 'output = json', '# note', '', 'x', 'region = x'), { maxLength: 6 })
      .map(lines => lines.join('\n'));
    const begun = fc
      .tuple(fc.array(section, { maxLength: 2 }), others, kind)
      .map(
        ([sections, added, which]) => tryToRender(() => renderProfiles({ sections, foreign: [added] }, which)) ?? '',
      );
    check(
      fc.tuple(
        fc.oneof(
          begun,
          around(
            '# Written by AWSAssumeRoleWIF for this job and removed after it.',
            '\n',
            '\n\n',
            '[a]',
            `# use ${use} role x sum 0123456789abcdef`,
            'region = x',
            'aws_secret_access_key = canary-Zq8Kf0Vw9r',
          ),
        ),
        kind,
      ),
      ([text, which]) => {
        const read = attempt(() => parseProfiles(text, which));
        if (!(read instanceof Error)) {
          assert.deepEqual(parseProfiles(renderProfiles(read, which), which), read);
          return;
        }
        assert.ok(!inspect(read, { depth: 9 }).includes('canary'));
        assert.equal(planRemoval(use, [], () => text).kind, 'folder');
      },
    );
  });

  it('credential_process: a cache that is written is read as the same, and printed as an SDK reads it', () => {
    check(fc.tuple(session, moment, fc.boolean()), ([cached, later, atOnce]) => {
      const now = atOnce ? cached.life.opened : later;
      const read = decodeCache(encodeCache(cached));
      assert.ok(read !== undefined);
      assert.equal(encodeCache(read), encodeCache(cached));
      const line = attempt(() => printCredentials(cached, now));
      assert.equal(line instanceof Error, judgeFreshness(cached, now) === 'over');
      if (line instanceof Error) return;
      const printed = JSON.parse(line) as Record<string, unknown>;
      assert.deepEqual(Object.keys(printed), [
        'Version',
        'AccessKeyId',
        'SecretAccessKey',
        'SessionToken',
        'Expiration',
      ]);
      assert.equal(printed['SecretAccessKey'], cached.keys.secretAccessKey.reveal());
      const end = Date.parse(String(printed['Expiration']));
      assert.ok(end > now.hostMs && end <= now.hostMs + cached.life.lastsMs);
      assert.ok(!line.includes('\n'));
    });
  });

  it('credential_process: any other cache is none, and no state but a whole one is taken or shown', () => {
    check(
      fc.oneof(
        anyText,
        fc.json(),
        fc
          .dictionary(
            fc.constantFrom(
              'accessKeyId',
              'secretAccessKey',
              'sessionToken',
              'expiration',
              'obtainedAtMs',
              'sinceBootMs',
              'jobToken',
              'identity',
              'terms',
              'goals',
              'requestUrl',
            ),
            fc.jsonValue(),
          )
          .map(value => JSON.stringify(value)),
      ),
      text => {
        const cached = decodeCache(text);
        const now = { hostMs: 0, sinceBootMs: 0 };
        if (cached !== undefined) attempt(() => printCredentials(cached, now));
        attempt(() => decodeState(text));
      },
    );
  });

  it('credential_process: a state that is written is read as the same, its secrets hidden', () => {
    check(
      fc.tuple(key, fc.dictionary(fc.stringMatching(/^[0-9a-f]{16}\.\d{1,3}$/), goal, { maxKeys: 4 }), anyText),
      ([token, goals, text]) => {
        const state = {
          requestUrl: new URL('https://dev.azure.com/x'),
          jobToken: new Secret(token),
          identity: { connectionId: text, organizationId: text, subject: text },
          terms: {
            roleSessionName: text,
            durationSeconds: 1,
            policy: text,
            policyArns: [text],
            externalId: text,
            tags: { [text]: text },
            transitiveTagKeys: [text],
          },
          goals,
          maxAttempts: 1,
          skipCertValidation: false,
          network: null,
        };
        const read = decodeState(encodeState(state));
        assert.equal(encodeState(read), encodeState(state));
        assert.ok(!inspect(read, { depth: 9 }).includes(token) && !JSON.stringify(read).includes(token));
      },
    );
  });

  it('command lines: a shell reads the very paths, or there is none', () => {
    const path = fc
      .oneof(anyText, around('/agent/_work', ' ', "'", '"', '$(x)', '`x`', '\\', '#', ';', '\n'))
      .map(text => `/${text}`);
    check(fc.tuple(path, path, path), ([node, script, state]) => {
      const line = attempt(() => writeCommandLine({ node, script, state, id: `${use}.1` }, 'linux'));
      if (line instanceof Error) {
        checkPrintable(line.message);
        return;
      }
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
      assert.deepEqual(words, [node, script, state, `${use}.1`]);
      const quoted = [node, script, state].map(path => (/^\/[\w./+-]+$/.test(path) ? path : `'${path}'`));
      assert.equal(line, [...quoted, `${use}.1`].join(' '));
      renderProfiles(
        { sections: [{ name: 'x', use, role: 'x', settings: { credential_process: line } }], foreign: [] },
        'credentials',
      );
    });
    check(fc.tuple(anyText, anyText), ([node, state]) => {
      const line = attempt(() =>
        writeCommandLine({ node: `C:\\${node}`, script: 'C:\\x', state: `C:\\${state}`, id: `${use}.1` }, 'win32'),
      );
      if (!(line instanceof Error)) assert.equal(line.split(/[\s"%!^&|<>]/).length, 4, line);
    });
  });

  it('proxies: settings or one clear failure, no password in either, and the same after the state file', () => {
    const urls = fc.constantFrom(
      'https://sts.eu-west-1.amazonaws.com/',
      'https://dev.azure.com/',
      'https://10.1.2.3/',
      'https://[::1]/',
      'http://127.0.0.1/',
    );
    const password = new Secret('proxy-canary-Zq8Kf0Vw9r');
    check(fc.tuple(variables, environment, urls), ([own, others, url]) => {
      const read = attempt(() => readProxySettings(own, others, password));
      if (read instanceof Error) {
        assert.ok(!inspect(read, { depth: 9 }).includes('canary'));
        return;
      }
      const settings = { proxy: read.settings, tls: { ca: [], clientCertificate: undefined } };
      assert.ok(!inspect(settings, { depth: 9 }).includes('canary'));
      assert.deepEqual(decodeNetworkSettings(JSON.parse(JSON.stringify(encodeNetworkSettings(settings)))), settings);
      const chosen = chooseProxy(new URL(url), read.settings);
      assert.ok(chosen === undefined || chosen === read.settings.server);
      if (/127|::1/.test(url)) assert.equal(chosen, undefined);
      if (chosen !== undefined) assert.ok(!describeProxy(chosen).includes('@'));
    });
  });

  it('network settings: any other JSON is none', () => {
    const part = fc.dictionary(
      fc.constantFrom('server', 'bypassExpressions', 'noProxy', 'ca', 'clientCertificate', 'host', 'port'),
      fc.jsonValue(),
    );
    check(fc.oneof(fc.jsonValue(), fc.record({ proxy: part, tls: part })), value => {
      const settings = decodeNetworkSettings(value);
      if (settings !== undefined) chooseProxy(new URL('https://a.example/'), settings.proxy);
    });
  });
});

/** A value that is no value is refused before anything is written. */
function tryToRender(render: () => string): string | undefined {
  try {
    return render();
  } catch (thrown) {
    assert.ok(thrown instanceof TypeError, String(thrown));
    return undefined;
  }
}

function titleOf(profile: string, which: 'config' | 'credentials'): string {
  return which === 'config' && profile !== 'default' ? `profile ${profile}` : profile;
}

/** As SDKs read it: lines, sections in brackets, comments, `key = value`. */
function readIni(text: string): readonly (readonly [string, [string, string][]])[] {
  const sections: [string, [string, string][]][] = [];
  for (const line of text.split(/\r\n|[\n\r]/)) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const title = /^\[(.+)\]$/.exec(line)?.[1];
    if (title !== undefined) sections.push([title, []]);
    else sections.at(-1)?.[1].push([line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]);
  }
  return sections;
}
