/** The version for the User-Agent and `--version`. A test compares these constants with package.json. */
export const VERSION = '0.1.0';
export const HOMEPAGE = 'https://github.com/trawl-crawler/trawl';
