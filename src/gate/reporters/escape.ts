/** One function per sink. Each makes any text inert there; what is left may look odd, but commands nothing. */

/** C0 (with tab and line breaks), DEL, C1, format characters, line and paragraph separators. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** A lone surrogate has no UTF-8 form. */
const SURROGATE = /\p{Cs}/gu;
/** Not characters of XML 1.0 §2.2, though valid in Unicode. */
const NON_XML = /[\ufffe\uffff]/g;

const plain = (text: string): string => text.replace(CONTROL, ' ').replace(SURROGATE, '\ufffd');

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML 1.0 text and attribute values in double quotes. */
export const xmlText = (text: string): string =>
  plain(text)
    .replace(NON_XML, '\ufffd')
    .replace(/[&<>"']/g, (char) => XML[char] ?? char);

/** Message of a GitHub workflow command: one line, so that no second command can follow. */
export const commandData = (text: string): string => plain(text).replaceAll('%', '%25');

/** Property of a GitHub workflow command. */
export const commandProperty = (text: string): string =>
  commandData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

const BREAK = '\u200b';

/** Inline Markdown: no markup, HTML, table cell, mention, issue reference or automatic link. */
export function markdownText(text: string): string {
  return plain(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()!|~$^=+-]/g, '\\$&')
    .replace(/[@#]/g, (char) => char + BREAK)
    .replace(/:\/\//g, `:${BREAK}//`)
    .replace(/\b(www|GH)(?=\.|\\-)/gi, (word) => word + BREAK);
}

/** A link target in angle brackets, or null for anything but http and https. */
export function markdownTarget(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, href } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  return href.replace(/[<>\s\\|]/g, (char) => encodeURIComponent(char));
}
