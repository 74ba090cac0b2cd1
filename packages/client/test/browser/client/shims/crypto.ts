import { sha256 } from '@noble/hashes/sha2.js';
import { Buffer } from 'buffer/';

// The part of node:crypto that the chat domain uses, for browsers.

export function createHash(_algorithm: 'sha256') {
  return {
    update: (text: string) => ({
      digest(encoding?: 'base64url') {
        const digest = Buffer.from(sha256(new TextEncoder().encode(text)));
        return encoding ? base64url(digest) : digest;
      },
    }),
  };
}

export function randomBytes(count: number) {
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(count)));
  return { toString: (_encoding: 'base64url') => base64url(bytes) };
}

export function randomInt(from: number, to: number): number {
  return from + Math.floor(Math.random() * (to - from));
}

function base64url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
