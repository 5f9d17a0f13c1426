import assert from 'node:assert/strict';
import { CliFailure } from '../../../src/cli/terminal/failure.ts';
import { parseOrganizationUrl } from '../../../src/cli/connections/options.ts';

describe('cli/connections/options', () => {
  const accepted: readonly (readonly [text: string, url: string, name: string])[] = [
    ['https://dev.azure.com/contoso', 'https://dev.azure.com/contoso/', 'contoso'],
    ['https://dev.azure.com/Contoso/Payments', 'https://dev.azure.com/Contoso/', 'Contoso'],
    ['https://vssps.dev.azure.com/contoso', 'https://vssps.dev.azure.com/contoso/', 'contoso'],
    ['https://dev.azure.com/contoso/My%20Project', 'https://dev.azure.com/contoso/', 'contoso'],
    ['https://dev.azure.com/contoso/My Project/_build', 'https://dev.azure.com/contoso/', 'contoso'],
    ['https://dev.azure.com/contoso/Caf\u00e9', 'https://dev.azure.com/contoso/', 'contoso'],
    ['https://dev.azure.com/contoso/Caf%C3%A9', 'https://dev.azure.com/contoso/', 'contoso'],
    ['https://contoso.visualstudio.com', 'https://contoso.visualstudio.com/', 'contoso'],
    ['https://Contoso.VisualStudio.com/Payments', 'https://contoso.visualstudio.com/', 'Contoso'],
    ['HTTPS://contoso.visualstudio.com:443/', 'https://contoso.visualstudio.com/', 'contoso'],
    [' https://contoso.visualstudio.com ', 'https://contoso.visualstudio.com/', 'contoso'],
    ['http://127.0.0.1:8080/contoso', 'http://127.0.0.1:8080/contoso/', 'contoso'],
  ];
  for (const [text, url, name] of accepted) {
    it(`takes ${JSON.stringify(text)}`, () => {
      const found = parseOrganizationUrl(text);
      assert.deepEqual([found.url.href, found.name], [url, name]);
    });
  }

  const refused: readonly (readonly [text: string, says: RegExp])[] = [
    ['contoso', /is not a URL/],
    ['https://dev.azure.com', /names no organization/],
    ['https://dev.azure.com//contoso', /names no organization/],
    ['https://dev.azure.com/%2fcontoso', /written differently/],
    ['https://dev.azure.com.example/contoso', /The host is dev\.azure\.com\.example/],
    ['https://visualstudio.com/contoso', /The host is visualstudio\.com/],
    ['https://dev.azure.com/contoso/../evil', /read as https:\/\/dev\.azure\.com\/evil, but is written differently/],
    ['https://dev.azure.com/contoso/./../evil', /written differently/],
    ['https://dev.azure.com/contoso/%2e%2e/evil', /written differently/],
    ['https://dev.azure.com/contoso/.%2E/evil', /written differently/],
    ['https://dev.azure.com/../evil', /written differently/],
    ['https://dev.azure.com\\contoso', /written differently/],
    ['https://dev.azure.com/contoso\\..\\evil', /written differently/],
    ['https:/dev.azure.com/contoso', /written differently/],
    ['https:///dev.azure.com/contoso', /written differently/],
    ['https://dev.azure.com/con\ntoso', /written differently/],
    ['https://dev.azure.com/con\ttoso', /written differently/],
    ['https://\uff44ev.azure.com/contoso', /written differently/],
    ['https://dev.azure.com/contos\u0451', /written differently/],
    ['https://contoso.visualstudio.com/x/../y', /written differently/],
    ['http://127.0.0.1:8080/contoso/../evil', /written differently/],
    ['https:///contoso.visualstudio.com', /written differently/],
    ['https:contoso.visualstudio.com', /written differently/],
    ['https:\\\\contoso.visualstudio.com', /written differently/],
    ['https://con\ntoso.visualstudio.com', /written differently/],
    ['https://\uff43ontoso.visualstudio.com', /written differently/],
    ['https://con%74oso.visualstudio.com', /written differently/],
    ['https://-contoso.visualstudio.com', /written differently/],
    ['https://a.contoso.visualstudio.com', /The host is a\.contoso/],
    ['https://contoso.visualstudio.com:8443', /not https on its usual port/],
    ['http://contoso.visualstudio.com', /not https on its usual port/],
    ['http://localhost/contoso', /not https on its usual port/],
    ['https://user:password@dev.azure.com/contoso', /contains a user name or a password/],
    ['https://dev.azure.com/contoso?x=1', /has a query or a fragment/],
    ['https://dev.azure.com/contoso#x', /has a query or a fragment/],
  ];
  for (const [text, says] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseOrganizationUrl(text),
        (thrown: unknown) => thrown instanceof CliFailure && says.test(thrown.message),
      );
    });
  }
});
