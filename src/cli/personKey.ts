import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import type { SignStatement } from '../gate/index.js';
import { readText } from './readFiles.js';

const MAX_KEY_BYTES = 16 * 1024;

/** Signs with a key of the person's own: an Ed25519 private key in PEM (PKCS #8). null where no file is named. */
export async function personSigner(file: string | undefined): Promise<SignStatement | null> {
  if (file === undefined) return null;
  const { statementBytes } = await import('../gate/index.js');
  const key = await readKey(file);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = spki.subarray(spki.length - 32).toString('base64');
  return (statement) => ({
    statement,
    publicKey,
    sig: sign(null, statementBytes(statement), key).toString('base64'),
  });
}

async function readKey(file: string): Promise<KeyObject> {
  const { AppError } = await import('../errors/index.js');
  const refuse = (why: string, cause?: unknown): never => {
    throw new AppError(
      'input.invalid',
      `the key cannot be used: ${why}`,
      {
        field: file,
        expected: 'an Ed25519 private key in PEM (PKCS #8), not encrypted',
        fix: 'make one with: openssl genpkey -algorithm ed25519 -out me.pem',
      },
      { cause },
    );
  };
  const text = await readText(file, MAX_KEY_BYTES, 'key');
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch (error) {
    return refuse('it is no private key in PEM', error);
  }
  return key.asymmetricKeyType === 'ed25519' ? key : refuse(`it is ${key.asymmetricKeyType ?? 'of another kind'}`);
}
