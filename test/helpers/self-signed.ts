import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OPENSSL = 'openssl';
/** `openssl req` gives no certificate that has ended, or has not begun. */
const AUTHORITY = `
[ca]
default_ca = here
[here]
database = index
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
`;

/** From when to when a certificate is good, as `YYYYMMDDHHMMSSZ`. */
export interface Validity {
  from: string;
  to: string;
}

/** Until a day from now. */
function aDay(): Validity {
  const at = (ms: number) => `${new Date(ms).toISOString().replace(/[-:T]|\..*/g, '')}Z`;
  return { from: at(Date.now() - 86_400_000), to: at(Date.now() + 86_400_000) };
}

/** A certificate and its key in PEM, and the file with the certificate, as `NODE_EXTRA_CA_CERTS` takes it. */
export interface Certificate {
  key: Buffer;
  cert: Buffer;
  file: string;
}

const made = new Map<string, Certificate>();

/**
 * A self-signed certificate for localhost and 127.0.0.1, valid until a day from now unless another time is given.
 * Each process makes one for each time, because starting OpenSSL is dear. Its folder goes with the process.
 */
export function selfSignedCertificate(validity?: Validity): Certificate {
  const name = validity === undefined ? 'a day' : `${validity.from} to ${validity.to}`;
  const certificate = made.get(name) ?? makeCertificate(name, validity ?? aDay());
  made.set(name, certificate);
  return certificate;
}

/** @param name tells certificates apart: of two with one subject, OpenSSL may pick the wrong one to verify with */
function makeCertificate(name: string, { from, to }: Validity): Certificate {
  const cwd = mkdtempSync(join(tmpdir(), 'trawl-tls-'));
  process.once('exit', () => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, 'authority'), AUTHORITY);
  writeFileSync(join(cwd, 'index'), '');
  writeFileSync(join(cwd, 'serial'), '01');
  const openssl = (...args: string[]) => execFileSync(OPENSSL, args, { cwd, stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key'];
  const subject = ['-subj', `/CN=localhost ${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  openssl('req', '-new', ...newKey, '-out', 'request', ...subject);
  const validity = ['-startdate', from, '-enddate', to];
  openssl('ca', '-config', 'authority', '-selfsign', '-keyfile', 'key', '-in', 'request', '-out', 'cert', ...validity, '-notext', '-batch');
  const file = join(cwd, 'cert');
  return { key: readFileSync(join(cwd, 'key')), cert: readFileSync(file), file };
}
