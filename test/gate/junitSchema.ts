import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XmlDocument, XmlLibError, XsdValidator } from 'libxml2-wasm';

const schema = readFileSync(join(import.meta.dirname, 'fixtures/junit.xsd'), 'utf8');

/** What libxml2 finds wrong with a document by the JUnit schema; nothing for a valid one. */
export function junitProblems(xml: string): string[] {
  const xsd = XmlDocument.fromString(schema);
  const validator = XsdValidator.fromDoc(xsd);
  try {
    const document = XmlDocument.fromString(xml);
    try {
      validator.validate(document);
      return [];
    } finally {
      document.dispose();
    }
  } catch (error) {
    if (!(error instanceof XmlLibError)) throw error;
    return error.details.map(({ line, message }) => `${line}: ${message.trim()}`);
  } finally {
    validator.dispose();
    xsd.dispose();
  }
}
