import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Finds the folder that `/` stands for in a document: the root of its Git repository, as on GitHub, or else the working
 * directory.
 */
export class RootDirs {
  readonly #workingDir: string;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(workingDir: string) {
    this.#workingDir = workingDir;
  }

  /** @param path absolute path of the document */
  async of(path: string): Promise<string> {
    return (await this.#repositoryOf(dirname(path))) ?? this.#workingDir;
  }

  #repositoryOf(folder: string): Promise<string | undefined> {
    let known = this.#known.get(folder);
    if (known === undefined) {
      known = this.#find(folder);
      this.#known.set(folder, known);
    }
    return known;
  }

  async #find(folder: string): Promise<string | undefined> {
    try {
      // `.git` is a folder, or a file in additional working trees.
      await access(join(folder, '.git'));
      return folder;
    } catch {
      const above = dirname(folder);
      return above === folder ? undefined : this.#repositoryOf(above);
    }
  }
}
