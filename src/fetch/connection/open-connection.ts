import type { LookupFunction, Socket } from 'node:net';
import net from 'node:net';
import tls from 'node:tls';
import type { Phase } from '../../model/outcome.ts';
import { type TlsProblem, tlsProblemOf } from '../../model/tls-problem.ts';
import type { Clock } from '../../util/clock.ts';
import type { CertificateExpiry } from '../fetch-result.ts';
import { type HttpProxy, openTunnel } from './proxy.ts';

/**
 * How long to try one address of a host before the next, in milliseconds (Happy Eyeballs). Node's default of 250 ms is
 * too short for slow links.
 */
const ADDRESS_ATTEMPT_MS = 500;

/** The destination of a connection, and how to reach it. */
interface Destination {
  secure: boolean;
  /** A name, or an IP literal without brackets. */
  hostname: string;
  port: number;
  lookup: LookupFunction;
  proxy?: HttpProxy;
  /** Connect even if the certificate cannot be trusted, and report why. */
  insecure: boolean;
  /** The protocol that TLS negotiates (ALPN). */
  alpn: 'http/1.1' | 'h2';
  /** The TLS session of an earlier connection to the same origin. Resuming it saves a round trip. */
  tlsSession?: Buffer;
  onTlsSession(session: Buffer): void;
}

/** How opening a connection went so far. The duration of a phase that did not happen or has not ended is absent. */
export interface Opening {
  /** The current phase, or the one that failed. */
  phase: Extract<Phase, 'dns' | 'connect' | 'proxy' | 'tls'>;
  dnsMs?: number;
  connectMs?: number;
  proxyMs?: number;
  tlsMs?: number;
  certificateExpiry?: CertificateExpiry;
  tlsProblem?: TlsProblem;
  /** The address of the connection, or the last one tried. */
  remoteAddress?: string;
}

type Done = (error: Error | null, socket?: Socket) => void;

/**
 * Opens a connection: DNS, TCP, the tunnel of a proxy if there is one, TLS. There is no time limit here; the caller has
 * one.
 *
 * @param opening kept up to date, so that a failed or cancelled attempt still shows how far it came
 * @param done called once, unless the attempt is cancelled before
 * @returns cancels the attempt and closes all its sockets
 */
export function openConnection(to: Destination, opening: Opening, clock: Clock, done: Done): () => void {
  const sockets: Socket[] = [];
  let over = false;
  const finish: Done = (error, socket) => {
    if (over) return;
    over = true;
    if (error === null) done(null, socket);
    else done(error);
  };
  const watch = (socket: Socket) => {
    sockets.push(socket);
    // Never removed: an error after the attempt was cancelled would otherwise end the process.
    return socket.on('error', finish);
  };

  const first = to.proxy ?? to;
  const socket = watch(openSocket(first, to, clock, opening));
  socket.once(first.secure ? 'secureConnect' : 'connect', () => {
    const { proxy } = to;
    if (proxy === undefined || !to.secure) finish(null, socket);
    else {
      opening.phase = 'proxy';
      const askedMs = clock.monotonicMs();
      openTunnel(socket, authority(to), proxy, (error) => {
        if (error !== null) return finish(error);
        opening.phase = 'tls';
        const startedMs = clock.monotonicMs();
        opening.proxyMs = startedMs - askedMs;
        const secured = tls.connect({ ...tlsOptions(to, opening), socket, host: to.hostname });
        watch(secured);
        onHandshake(secured, () => {
          opening.tlsMs = clock.monotonicMs() - startedMs;
          recordRejectedCertificate(secured, to, opening);
        });
        secured.once('secureConnect', () => {
          recordSecured(secured, opening);
          finish(null, secured);
        });
      });
    }
  });
  return () => {
    over = true;
    for (const open of sockets) open.destroy();
  };
}

/** Opens the socket to the proxy, or to the destination itself. Measures DNS, TCP and TLS. */
function openSocket(first: { secure: boolean; hostname: string; port: number }, to: Destination, clock: Clock, opening: Opening): Socket {
  let phaseMs = clock.monotonicMs();
  const endPhase = (): number => {
    const startMs = phaseMs;
    phaseMs = clock.monotonicMs();
    return phaseMs - startMs;
  };
  const lookup: LookupFunction = (hostname, options, callback) => {
    to.lookup(hostname, options, (error, address, family) => {
      opening.dnsMs = endPhase();
      if (error === null) {
        opening.phase = 'connect';
        const tried = typeof address === 'string' ? address : address[0]?.address;
        if (tried !== undefined) opening.remoteAddress = tried;
      }
      callback(error, address, family);
    });
  };
  const target = {
    host: first.hostname,
    port: first.port,
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
    noDelay: true,
  };
  opening.phase = net.isIP(first.hostname) === 0 ? 'dns' : 'connect';
  const socket = first.secure
    ? tls.connect({
        ...target,
        ...(first === to ? tlsOptions(to, opening) : tlsOptions({ hostname: first.hostname, insecure: false, alpn: 'http/1.1' })),
      })
    : net.connect({ ...target, highWaterMark: 65_536 } as net.TcpNetConnectOpts);
  socket.on('connectionAttempt', (address: string) => {
    opening.remoteAddress = address;
  });
  socket.once('connect', () => {
    opening.connectMs = endPhase();
    // The last attempted address is the connected one. Asking the socket needs a system call.
    if (opening.remoteAddress === undefined && socket.remoteAddress !== undefined) opening.remoteAddress = socket.remoteAddress;
    if (first.secure) opening.phase = 'tls';
  });
  if (first.secure) {
    const secured = socket as tls.TLSSocket;
    onHandshake(secured, () => {
      opening.tlsMs = endPhase();
      if (first === to) recordRejectedCertificate(secured, to, opening);
    });
    if (first === to) {
      secured.once('secureConnect', () => recordSecured(secured, opening));
      secured.on('session', to.onTlsSession);
    }
  }
  return socket;
}

/**
 * Calls back when the handshake is complete, even if the certificate is about to be rejected. Node checks it in a
 * `secure` listener and closes the socket there: `secureConnect` never comes, and by the time of `error` the
 * certificate is gone. So this listener must run before Node's.
 */
function onHandshake(socket: tls.TLSSocket, then: () => void): void {
  socket.prependOnceListener('secure', then);
}

/**
 * Records when a certificate expires that Node is about to reject, while it can still be read. For nearly all others,
 * Node itself reads the certificate to compare names, and the expiry is recorded then: `getPeerCertificate` parses the
 * whole certificate, which takes a tenth of a handshake.
 */
function recordRejectedCertificate(socket: tls.TLSSocket, { insecure }: Destination, opening: Opening): void {
  // Not in Node's types. If it is missing, every certificate is read here.
  const { ssl } = socket as tls.TLSSocket & { ssl?: { verifyError?(): Error | null } };
  if (!insecure && ssl?.verifyError?.() !== null) recordExpiry(socket.getPeerCertificate().valid_to, opening);
}

/**
 * Called when the connection is established. If no names were compared (the certificate is not trusted, or the session
 * was resumed), the expiry is read now. It cannot be read earlier: `getPeerX509Certificate` would take the certificate
 * away from a later comparison of names.
 */
function recordSecured(socket: tls.TLSSocket, opening: Opening): void {
  if (opening.certificateExpiry === undefined) recordExpiry(socket.getPeerX509Certificate()?.validTo, opening);
  // Node's types say Error, but its sockets set a code.
  const problem = socket.authorizationError as Error | string | null | undefined;
  if (problem) opening.tlsProblem = tlsProblemOf(typeof problem === 'string' ? problem : ((problem as NodeJS.ErrnoException).code ?? ''));
}

function recordExpiry(validTo: string | undefined, opening: Opening): void {
  const endsAtMs = Date.parse(validTo ?? '');
  if (!Number.isNaN(endsAtMs)) opening.certificateExpiry = { atMs: endsAtMs, iso: new Date(endsAtMs).toISOString() };
}

type TlsTarget = Pick<Destination, 'hostname' | 'insecure' | 'alpn' | 'tlsSession'>;

/** @param opening where the expiry of the certificate is recorded */
function tlsOptions({ hostname, insecure, alpn, tlsSession }: TlsTarget, opening?: Opening): tls.ConnectionOptions {
  return {
    secureContext: sharedContext(),
    rejectUnauthorized: !insecure,
    ALPNProtocols: [alpn],
    ...(opening !== undefined && {
      checkServerIdentity: (host: string, certificate: tls.PeerCertificate) => {
        recordExpiry(certificate.valid_to, opening);
        return tls.checkServerIdentity(host, certificate);
      },
    }),
    // SNI allows only names (RFC 6066 section 3), without the trailing dot of an absolute name.
    ...(net.isIP(hostname) === 0 && { servername: hostname.replace(/\.$/, '') }),
    // A resumed session is not verified again, so problems with the certificate would not be reported.
    ...(tlsSession !== undefined && !insecure && { session: tlsSession }),
  };
}

let context: tls.SecureContext | undefined;

/**
 * Shared, because the trusted roots, ciphers and versions are the same for all connections. Creating a context takes a
 * third of the time of a handshake.
 */
function sharedContext(): tls.SecureContext {
  context ??= tls.createSecureContext();
  return context;
}

function authority({ hostname, port }: Destination): string {
  return net.isIPv6(hostname) ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
