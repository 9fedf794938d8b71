// The process ends at a point, as if it were killed. CHAOS_DIE is `point:n`: at the n-th time that it gets there. `poison` has no number.
import { onFileWrite, onRename, onSocketWrite, onSync } from './hooks.mjs';
import { report } from './report.mjs';

const [point, nth] = (process.env.CHAOS_DIE ?? '').split(':');
let left = Number(nth ?? 1);
const die = () => {
  report(`died ${point}`);
  process.kill(process.pid, 'SIGKILL');
};
const comesTo = () => --left === 0;

const isRequest = (chunk) => typeof chunk === 'string' && chunk.startsWith('GET ');
const isCommand = (chunk) => String(chunk).startsWith('*');
const isSettle = (chunk) => String(chunk).includes(process.env.CHAOS_SETTLE_SHA ?? '-');
const isCheckpoint = (path) => String(path).endsWith('checkpoint.json');

/** Ends the process when the answer to what was just written arrives. */
const dieOfAnswer = (socket) => socket.once('data', die);

const POINTS = {
  poison: () => onSocketWrite({ before: (_, chunk) => isRequest(chunk) && chunk.startsWith('GET /poison') && die() }),
  'before-fetch': () => onSocketWrite({ before: (_, chunk) => isRequest(chunk) && comesTo() && die() }),
  'mid-body': () => onSocketWrite({ after: (socket, chunk) => isRequest(chunk) && comesTo() && dieOfAnswer(socket) }),
  'before-settle': () => onSocketWrite({ before: (_, chunk) => isSettle(chunk) && comesTo() && die() }),
  'after-settle': () => onSocketWrite({ after: (socket, chunk) => isSettle(chunk) && comesTo() && dieOfAnswer(socket) }),
  'before-command': () => onSocketWrite({ before: (_, chunk) => isCommand(chunk) && comesTo() && die() }),
  'mid-command': () =>
    onSocketWrite({
      before(_, chunk, write) {
        if (!isCommand(chunk) || !comesTo()) return;
        write(chunk.slice(0, Math.ceil(chunk.length / 2)));
        die();
      },
    }),
  'after-command': () => onSocketWrite({ after: (socket, chunk) => isCommand(chunk) && comesTo() && dieOfAnswer(socket) }),
  'log-before-write': () => onFileWrite({ before: () => comesTo() && die() }),
  'log-mid-line': () =>
    onFileWrite({
      async before(_, write) {
        if (!comesTo()) return;
        await write(0.49);
        die();
      },
    }),
  'log-after-sync': () => onSync({ after: () => comesTo() && die() }),
  'checkpoint-drafted': () => onRename({ before: (path) => isCheckpoint(path) && comesTo() && die() }),
  'checkpoint-renamed': () => onRename({ after: (path) => isCheckpoint(path) && comesTo() && die() }),
};
POINTS[point]?.();
