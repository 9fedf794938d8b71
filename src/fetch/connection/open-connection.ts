import type { LookupFunction, Socket } from 'node:net';
import net from 'node:net';
import tls from 'node:tls';
import type { Phase } from '../../model/outcome.ts';
import { type TlsProblem, tlsProblemOf } from '../../model/tls-problem.ts';
import type { Clock } from '../../util/clock.ts';
import { type HttpProxy, openTunnel } from './proxy.ts';

/** How long one address of a host may take before the next is tried, in milliseconds (happy eyeballs; Node's own 250 is short for a slow link). */
const ADDRESS_ATTEMPT_MS = 500;

/** Where a connection leads, and how to get there. */
interface Destination {
  secure: boolean;
  /** A name, or an IP literal without brackets. */
  hostname: string;
  port: number;
  lookup: LookupFunction;
  proxy?: HttpProxy;
  /** Connect also where the certificate cannot be trusted, and tell why. */
  insecure: boolean;
  /** What the connection is to speak, as TLS negotiates it. */
  alpn: 'http/1.1' | 'h2';
  /** Of an earlier connection to the same origin: spares a round trip. */
  tlsSession?: Buffer;
  onTlsSession(session: Buffer): void;
}

/** How opening goes or went, phase by phase; a phase that did not happen, or has not ended, is absent. */
export interface Opening {
  /** The phase it is in, or failed in. */
  phase: Extract<Phase, 'dns' | 'connect' | 'proxy' | 'tls'>;
  dnsMs?: number;
  connectMs?: number;
  proxyMs?: number;
  tlsMs?: number;
  /** Milliseconds since the epoch. */
  certificateEndsAtMs?: number;
  tlsProblem?: TlsProblem;
  /** The address connected to, or tried last. */
  remoteAddress?: string;
}

type Done = (error: Error | null, socket?: Socket) => void;

/**
 * Opens a connection: DNS, TCP, the proxy's tunnel where there is one, TLS. Calls `done` once, unless the function that it returns is called before:
 * that gives up and closes whatever is open. There is no time limit here; who waits has one. `opening` is kept up to date meanwhile, so that
 * an attempt that fails or is given up still knows how far it came.
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
    // Stays for good: an error after the connection was given up would otherwise end the process.
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
          noteRefusedCertificate(secured, to, opening);
        });
        secured.once('secureConnect', () => {
          noteSecured(secured, opening);
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

/** To the proxy, or to the destination itself; times DNS, TCP and TLS. */
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
    // It is asked of the system, and the last attempt is the one that came about.
    if (opening.remoteAddress === undefined && socket.remoteAddress !== undefined) opening.remoteAddress = socket.remoteAddress;
    if (first.secure) opening.phase = 'tls';
  });
  if (first.secure) {
    const secured = socket as tls.TLSSocket;
    onHandshake(secured, () => {
      opening.tlsMs = endPhase();
      if (first === to) noteRefusedCertificate(secured, to, opening);
    });
    if (first === to) {
      secured.once('secureConnect', () => noteSecured(secured, opening));
      secured.on('session', to.onTlsSession);
    }
  }
  return socket;
}

/**
 * Calls back when the handshake is through, also if its certificate is about to be refused. Node looks at that in a listener of `secure`, and closes the
 * socket there: `secureConnect` never comes, and by the time of `error` the certificate is gone. So this listener goes before that one.
 */
function onHandshake(socket: tls.TLSSocket, then: () => void): void {
  socket.prependOnceListener('secure', then);
}

/**
 * Of a certificate that Node is about to refuse, when its end can still be read. Nearly all others are read by Node itself to compare names, and their end is noted then: `getPeerCertificate` parses
 * the whole certificate, which takes a tenth of a handshake.
 */
function noteRefusedCertificate(socket: tls.TLSSocket, { insecure }: Destination, opening: Opening): void {
  // Not in Node's types. Where it is missing, each certificate is read here.
  const { ssl } = socket as tls.TLSSocket & { ssl?: { verifyError?(): Error | null } };
  if (!insecure && ssl?.verifyError?.() !== null) noteEnd(socket.getPeerCertificate().valid_to, opening);
}

/** The connection is there. The end of a certificate whose names were not compared (it is not trusted, or the session was resumed) is read now: `getPeerX509Certificate` takes the certificate away from whoever compares names later. */
function noteSecured(socket: tls.TLSSocket, opening: Opening): void {
  if (opening.certificateEndsAtMs === undefined) noteEnd(socket.getPeerX509Certificate()?.validTo, opening);
  // Node's types say Error, and its sockets a code.
  const problem = socket.authorizationError as Error | string | null | undefined;
  if (problem) opening.tlsProblem = tlsProblemOf(typeof problem === 'string' ? problem : ((problem as NodeJS.ErrnoException).code ?? ''));
}

function noteEnd(validTo: string | undefined, opening: Opening): void {
  const endsAtMs = Date.parse(validTo ?? '');
  if (!Number.isNaN(endsAtMs)) opening.certificateEndsAtMs = endsAtMs;
}

type TlsTarget = Pick<Destination, 'hostname' | 'insecure' | 'alpn' | 'tlsSession'>;

/** @param opening where the end of the certificate is noted */
function tlsOptions({ hostname, insecure, alpn, tlsSession }: TlsTarget, opening?: Opening): tls.ConnectionOptions {
  return {
    secureContext: sharedContext(),
    rejectUnauthorized: !insecure,
    ALPNProtocols: [alpn],
    ...(opening !== undefined && {
      checkServerIdentity: (host: string, certificate: tls.PeerCertificate) => {
        noteEnd(certificate.valid_to, opening);
        return tls.checkServerIdentity(host, certificate);
      },
    }),
    // SNI carries names only (RFC 6066 section 3), without the dot that ends an absolute name.
    ...(net.isIP(hostname) === 0 && { servername: hostname.replace(/\.$/, '') }),
    // A resumed session is not checked again, so that what is wrong with it would not be told.
    ...(tlsSession !== undefined && !insecure && { session: tlsSession }),
  };
}

let context: tls.SecureContext | undefined;

/** The trusted roots, ciphers and versions are the same for all connections. A context for each would take as much time as a third of its handshake. */
function sharedContext(): tls.SecureContext {
  context ??= tls.createSecureContext();
  return context;
}

function authority({ hostname, port }: Destination): string {
  return net.isIPv6(hostname) ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
