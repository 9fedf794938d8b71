import { randomUUID } from 'node:crypto';
import { link, open, rename, unlink, writeFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { duringShortage } from '../model/shortage.ts';

/** Replaces a file atomically: after a crash at any time, it contains either the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeDraft(path, text);
  await replaceByDraft(path);
}

/** The first half of `replaceFile`: writes and syncs the new text next to the file. */
export async function writeDraft(path: string, text: string): Promise<void> {
  await writeDurably(draftOf(path), text);
}

/** The second half of `replaceFile`: renames what `writeDraft` wrote to the file's name. */
export async function replaceByDraft(path: string): Promise<void> {
  await renameDraft(path);
  await syncFolder(dirname(path));
}

/** Renames what `writeDraft` wrote to the file's name. The caller syncs the folder. */
export async function renameDraft(path: string): Promise<void> {
  await rename(draftOf(path), path);
}

function draftOf(path: string): string {
  return `${path}.tmp`;
}

/**
 * Creates a file with its text atomically. Returns false, and leaves the file unchanged, if it exists.
 *
 * @param lifetime `process`: the file means nothing after a crash of the machine, so nothing is synced. Then it may be
 *   missing or damaged.
 */
export async function createFile(path: string, text: string, lifetime: 'lasting' | 'process' = 'lasting'): Promise<boolean> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await (lifetime === 'lasting' ? writeDurably(draft, text) : duringShortage(() => writeFile(draft, text)));
    if (!(await moveIfAbsent(draft, path))) return false;
  } finally {
    // Remove the draft even after a failed write: each try makes a new one.
    await unlink(draft).catch(() => {});
  }
  if (lifetime === 'lasting') await syncFolder(dirname(path));
  return true;
}

/** Gives the draft the name `path`. Returns false if a file with that name exists. */
async function moveIfAbsent(draft: string, path: string): Promise<boolean> {
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

/** Error codes of file systems without hard links (FAT, some network and shared folders). */
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

/** Makes creations and renames in the folder durable. Windows has no such operation and does not need it. */
export async function syncFolder(path: string): Promise<void> {
  if (platform() === 'win32') return;
  const folder = await duringShortage(() => open(path, 'r'));
  try {
    await folder.sync();
  } catch (error) {
    // Some network file systems cannot sync a folder, and there is no alternative.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await folder.close();
  }
}
