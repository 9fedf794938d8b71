import { readdir, readFile } from 'node:fs/promises';

/** Ids of the child processes that a Trawl process has started for fetching. */
export async function fetchingChildren(pid: number | undefined): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const ids = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')));
  const children = ids.flatMap((text) => text.trim().split(' ')).filter((text) => text !== '');
  const commands = await Promise.all(children.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')));
  return children.filter((_, index) => commands[index]?.includes('work-process')).map(Number);
}
