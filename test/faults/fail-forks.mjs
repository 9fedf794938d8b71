// Loaded into a process with --import. Its first FAIL_FORKS calls of `fork` fail. FAIL_FORKS_HOW says how: `throw` (no memory), `error` (no process) or `die` (the process ends before it runs its program).
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.FAIL_FORKS ?? 0);
const how = process.env.FAIL_FORKS_HOW ?? 'throw';
const { fork } = childProcess;

childProcess.fork = (program, args, options) => {
  if (left <= 0) return fork(program, args, options);
  left -= 1;
  if (how === 'throw') throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM', errno: -12, syscall: 'spawn' });
  return fork(program, args, { ...options, execPath: how === 'error' ? '/nowhere/node' : '/bin/false' });
};
syncBuiltinESMExports();
