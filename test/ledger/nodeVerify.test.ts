import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jointVerifySync } from '../../src/ledger/index.js';
import { nodeSigner } from '../record/support.js';

const src = resolve(import.meta.dirname, '../../src');

describe('Ed25519 on node', () => {
  it('is one helper: a second way to make a key object could come to another verdict', () => {
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const owners = files.filter((name) => readFileSync(join(src, name), 'utf8').includes('302a300506032b6570032100'));
    expect(owners).toEqual([join('ledger', 'nodeVerify.ts')]);
  });

  it('accepts what both implementations accept, and a key of small order never', () => {
    const signer = nodeSigner(1);
    const message = new TextEncoder().encode('hello');
    const signature = signer.sign(message);
    expect(jointVerifySync(signature, message, signer.publicKey)).toBe(true);
    expect(jointVerifySync(signature, new Uint8Array([1]), signer.publicKey)).toBe(false);
    // The identity as key and as R with S = 0: node alone accepts this for any message.
    const identity = new Uint8Array(32).fill(0, 1);
    identity[0] = 1;
    const forged = new Uint8Array(64);
    forged[0] = 1;
    expect(jointVerifySync(forged, message, identity)).toBe(false);
    expect(jointVerifySync(signature, message, new Uint8Array(31))).toBe(false);
  });
});
