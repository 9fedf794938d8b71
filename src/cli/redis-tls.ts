import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { RedisTls } from '../engine/engine-spec.ts';
import { UsageError } from '../model/errors.ts';
import type { RedisTlsFiles } from '../options/load-config.ts';

/** Reads the files. Throws UsageError, which names the option, if a file cannot be read or is not what the option needs, or if certificate and key do not belong together. */
export function readRedisTls({ ca, cert, key }: RedisTlsFiles): RedisTls {
  const tls: RedisTls = {};
  if (ca !== undefined) tls.ca = readPem('--redis-ca / TRAWL_REDIS_CA', ca, 'a certificate', (pem) => new X509Certificate(pem));
  if (cert !== undefined) tls.cert = readPem('--redis-cert / TRAWL_REDIS_CERT', cert, 'a certificate', (pem) => new X509Certificate(pem));
  if (key !== undefined) tls.key = readPem('--redis-key / TRAWL_REDIS_KEY', key, 'a private key without a passphrase', createPrivateKey);
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new UsageError(`--redis-cert and --redis-key do not fit each other: ${(error as Error).message}`, { cause: error });
  }
  return tls;
}

function readPem(option: string, file: string, what: string, check: (pem: string) => unknown): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    check(pem);
  } catch (error) {
    throw new UsageError(`${option}: ${file} is not ${what} in PEM`, { cause: error });
  }
  return pem;
}
