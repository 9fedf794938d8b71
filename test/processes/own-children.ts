import { readdir, readFile } from 'node:fs/promises';

/** The processes that a process of ours has started to fetch, by their ids. */
export async function fetchingChildren(pid: number | undefined): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const ids = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')));
  const children = ids.flatMap((text) => text.trim().split(' ')).filter((text) => text !== '');
  const commands = await Promise.all(children.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')));
  return children.filter((_, index) => commands[index]?.includes('work-process')).map(Number);
}
