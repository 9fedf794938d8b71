// The disk fails from some time on: CHAOS_DISK is `ENOSPC:n` or `EROFS:n`, and the n-th write, sync or rename and all later ones reject. Used where no small disk can be mounted.
import { onFileWrite, onRename, onSync } from './hooks.mjs';
import { report } from './report.mjs';

const ERRNO = { ENOSPC: -28, EROFS: -30 };
const [code, nth] = (process.env.CHAOS_DISK ?? '').split(':');
let left = Number(nth ?? 1);

function failing(syscall) {
  return () => {
    if (--left > 0) return;
    if (left === 0) report(`disk ${code} at a ${syscall}`);
    throw Object.assign(new Error(`${code}: ${syscall} failed`), { code, errno: ERRNO[code], syscall });
  };
}

if (code in ERRNO) {
  const [write, sync, rename] = ['write', 'fsync', 'rename'].map(failing);
  onFileWrite({
    async before(_, writeSome) {
      // A full disk still writes what fits.
      if (left === 1 && code === 'ENOSPC') await writeSome(0.49);
      write();
    },
  });
  onSync({ before: sync });
  onRename({ before: rename });
}
