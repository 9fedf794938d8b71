import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Finds for documents the folder that `/` stands for: the nearest above that is a Git repository, as GitHub takes it, or else the working directory. */
export class RootDirs {
  readonly #workingDir: string;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(workingDir: string) {
    this.#workingDir = workingDir;
  }

  /** @param path of the document, absolute */
  async of(path: string): Promise<string> {
    return (await this.#repositoryOf(dirname(path))) ?? this.#workingDir;
  }

  #repositoryOf(folder: string): Promise<string | undefined> {
    let known = this.#known.get(folder);
    if (known === undefined) {
      known = this.#look(folder);
      this.#known.set(folder, known);
    }
    return known;
  }

  async #look(folder: string): Promise<string | undefined> {
    try {
      // A folder, or a file in the working trees of one repository.
      await access(join(folder, '.git'));
      return folder;
    } catch {
      const above = dirname(folder);
      return above === folder ? undefined : this.#repositoryOf(above);
    }
  }
}
