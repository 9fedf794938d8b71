/** Name and version as they go into the User-Agent and `--version`; a test holds them equal to package.json. */
export const VERSION = '0.1.0';
export const HOMEPAGE = 'https://github.com/trawl-crawler/trawl';
