import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { xmlAttributes, xmlText } from '../../src/format/xml.js';

test('attributes are escaped, line breaks too, and the undefined left out', () => {
  expect(xmlAttributes({ name: 'a "b" <c> & d\ne', count: 3, none: undefined })).toBe(
    ' name="a &quot;b&quot; &lt;c&gt; &amp; d&#10;e" count="3"',
  );
});

test('text holds no markup, no end of a CDATA section and no control character', () => {
  expect(xmlText('<a> ]]> &amp; "q"\n\u0000\ud800')).toBe('&lt;a&gt; ]]&gt; &amp;amp; "q"\n\\u0000\\ud800');
});

test('a parser reads back what was written', () => {
  const text = 'a "b" <c> & d\n\'e\' ]]> &#10; 😀';
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', htmlEntities: true });
  const parsed = parser.parse(`<x${xmlAttributes({ name: text })}>${xmlText(text)}</x>`);
  expect(parsed).toEqual({ x: { '@name': text, '#text': text } });
});
