import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files in PEM. */
export interface IssuedCertificate {
  cert: string;
  key: string;
}

/** A certificate authority for tests. */
export interface Authority {
  /** The certificate of the authority. */
  cert: string;
  /** Issues a certificate for the name, which is also valid for localhost and 127.0.0.1. */
  issue(name: string): IssuedCertificate;
}

const OPENSSL = 'openssl';
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority with OpenSSL. Its folder is removed when this process ends. */
export function createAuthority(name: string): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'trawl-authority-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const openssl = (...args: string[]) => execFileSync(OPENSSL, args, { cwd: folder, stdio: 'ignore' });
  openssl('req', '-x509', ...NEW_KEY, '-days', '1', '-subj', `/CN=${name}`, '-keyout', 'authority.key', '-out', 'authority.crt');
  return {
    cert: join(folder, 'authority.crt'),
    issue(subject) {
      writeFileSync(join(folder, 'names'), `subjectAltName=DNS:${subject},DNS:localhost,IP:127.0.0.1`);
      openssl('req', '-new', ...NEW_KEY, '-subj', `/CN=${subject}`, '-keyout', `${subject}.key`, '-out', `${subject}.csr`);
      const by = ['-CA', 'authority.crt', '-CAkey', 'authority.key', '-CAcreateserial', '-extfile', 'names'];
      openssl('x509', '-req', '-in', `${subject}.csr`, ...by, '-days', '1', '-out', `${subject}.crt`);
      return { cert: join(folder, `${subject}.crt`), key: join(folder, `${subject}.key`) };
    },
  };
}
