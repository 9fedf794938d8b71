import { randomUUID } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { duringShortage } from '../model/shortage.ts';

/** Replaces the file in one step: after a crash at any moment it holds either the old text or the new. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeDraft(path, text);
  await replaceByDraft(path);
}

/** Everything of `replaceFile` but that step: the new text lies beside the file. */
export async function writeDraft(path: string, text: string): Promise<void> {
  await writeDurably(draftOf(path), text);
}

/** The step: what `writeDraft` wrote takes the file's place. */
export async function replaceByDraft(path: string): Promise<void> {
  await rename(draftOf(path), path);
  await syncFolder(dirname(path));
}

function draftOf(path: string): string {
  return `${path}.tmp`;
}

/** Creates the file with all of its text in one step. False if it was there already, which leaves it as it is. */
export async function createFile(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeDurably(draft, text);
    if (!(await takesPlace(draft, path))) return false;
  } finally {
    // Also of one that found no room: whoever tries again makes another.
    await unlink(draft).catch(() => {});
  }
  await syncFolder(dirname(path));
  return true;
}

/** False if there is a file already. */
async function takesPlace(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!NO_HARD_LINKS.has(code)) throw error;
    await rename(draft, path);
  }
  return true;
}

/** What file systems without hard links answer (FAT, some network and shared folders). */
const NO_HARD_LINKS = new Set<string | undefined>(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL']);

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await duringShortage(() => open(path, 'w'));
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes creations and renames in the folder durable. Windows has no such thing and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (platform() === 'win32') return;
  const folder = await duringShortage(() => open(path, 'r'));
  try {
    await folder.sync();
  } catch (error) {
    // Some network file systems refuse to sync a folder; there is nothing to be done about it.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await folder.close();
  }
}
