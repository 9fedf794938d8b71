import { canonicalUrl, urlKey } from '../../model/url/canonical-url.ts';
import { packedKey } from '../../model/url/link-keys.ts';

/** How a row's URL stands among the `linkKeys` of the pages that link to it. Undefined for what is no URL. */
export function packedUrlKey(url: string): string | undefined {
  return URL.canParse(url) ? packedKey(urlKey(canonicalUrl(new URL(url)))) : undefined;
}
