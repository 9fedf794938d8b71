import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OPENSSL = 'openssl';
/** Configuration of a small CA: `openssl req` cannot make a certificate that has expired or is not valid yet. */
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

/** The period in which a certificate is valid, as `YYYYMMDDHHMMSSZ`. */
export interface Validity {
  from: string;
  to: string;
}

/** Until a day from now. */
function aDay(): Validity {
  const at = (ms: number) => `${new Date(ms).toISOString().replace(/[-:T]|\..*/g, '')}Z`;
  return { from: at(Date.now() - 86_400_000), to: at(Date.now() + 86_400_000) };
}

/** A certificate and its key in PEM, and the file with the certificate, for `NODE_EXTRA_CA_CERTS`. */
export interface Certificate {
  key: Buffer;
  cert: Buffer;
  file: string;
}

const made = new Map<string, Certificate>();

/**
 * A self-signed certificate for localhost and 127.0.0.1, valid until a day from now unless another period is given.
 * Each process makes only one for each period, because starting OpenSSL is slow. Its folder is removed with the process.
 */
export function selfSignedCertificate(validity?: Validity): Certificate {
  const name = validity === undefined ? 'a day' : `${validity.from} to ${validity.to}`;
  const certificate = made.get(name) ?? makeCertificate(name, validity ?? aDay());
  made.set(name, certificate);
  return certificate;
}

/** @param name makes the subject unique: if two certificates have the same subject, OpenSSL may verify with the wrong one */
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
