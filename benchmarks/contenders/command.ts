import { spawn } from 'node:child_process';
import { measure, readList, type Task } from '../contender.ts';

/** Another program on the same list: `curl` or `wget2`. Its CPU is not this process's, so only its time is told. */
const name = process.argv[3] ?? '';

await measure(async (task) => {
  const urls = readList(task.listFile).length;
  const [command, args] = commandFor(task);
  const child = spawn(command, args, { stdio: 'ignore' });
  await new Promise((resolve) => child.on('close', resolve));
  return urls;
});

function commandFor({ listFile, concurrency }: Task): [string, string[]] {
  if (name === 'curl') {
    return ['curl', ['--parallel', '--parallel-max', String(concurrency), '--silent', '--config', `${listFile}.curl`]];
  }
  return ['wget2', ['--quiet', `--max-threads=${concurrency}`, '--input-file', listFile, '--output-document=/dev/null', '--robots=off']];
}
