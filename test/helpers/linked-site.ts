import type { RequestListener } from 'node:http';
import type { SeededRandom } from '../chaos/seeded-random.ts';

/** The answer of a path. */
type Answer = { links: readonly string[] } | { redirect: string } | { status: number };

/** A site whose pages link to one another in cycles, to missing pages, to redirects and to another site, and the expected result of a crawl. */
export interface LinkedSite {
  handler: RequestListener;
  /** `PATH VERDICT` of everything that a breadth-first crawl from `/` finds, sorted. Links are followed within the host, up to `depth`. */
  reference(depth: number): string[];
}

const ROBOTS = 'User-agent: *\nDisallow: /private/\n';

/** @param elsewhere an origin out of scope. All its pages exist, and they alone link to `/secret` */
export function linkedSite(random: SeededRandom, pages: number, elsewhere: string): LinkedSite {
  const answers = new Map<string, Answer>([['/robots.txt', { status: 200 }]]);
  const page = (index: number) => `/p/${index}`;
  // Most links lead to pages nearby, so that there are long and short paths to each page.
  const target = (from: number) =>
    random.next() < 0.9 ? Math.max(0, Math.min(pages - 1, from + random.between(-20, 9))) : random.between(0, from);
  const link = (from: number): string => {
    const roll = random.next();
    if (roll < 0.06) return `/gone/${random.between(0, 30)}`;
    if (roll < 0.12) return `/to/${random.between(0, 30)}`;
    if (roll < 0.15) return `/private/${random.between(0, 9)}`;
    if (roll < 0.18) return `${elsewhere}/${random.between(0, 9)}`;
    return page(target(from));
  };
  for (let index = 0; index < pages; index++) {
    const links = Array.from({ length: random.between(0, 7) }, () => link(index));
    if (index + 1 < pages) links.push(page(index + 1));
    answers.set(index === 0 ? '/' : page(index), { links });
  }
  answers.set(page(0), { redirect: '/' });
  for (let index = 0; index <= 30; index++) answers.set(`/to/${index}`, { redirect: redirectTarget(index, random, pages, elsewhere) });
  answers.set('/secret', { links: [] });
  return { handler: handlerOf(answers), reference: (depth) => reference(answers, depth, elsewhere) };
}

function redirectTarget(index: number, random: SeededRandom, pages: number, elsewhere: string): string {
  if (index % 6 === 0) return `${elsewhere}/${index}`;
  if (index % 6 === 1) return '/gone/redirected';
  if (index % 6 === 2) return '/private/redirected';
  if (index % 6 === 3) return `/to/${index === 30 ? 4 : index + 1}`;
  return `/p/${random.between(0, pages - 1)}`;
}

function handlerOf(answers: ReadonlyMap<string, Answer>): RequestListener {
  return (request, response) => {
    const path = request.url ?? '/';
    response.setHeader('content-type', 'text/html');
    if (path === '/robots.txt') return void response.end(ROBOTS);
    const answer = answers.get(path) ?? { status: 404 };
    if ('redirect' in answer) response.writeHead(302, { location: answer.redirect }).end();
    else if ('status' in answer) response.writeHead(answer.status).end('<a href="/secret">x</a>');
    else response.end(answer.links.map((link, index) => `<a href="${link}#${index}">x</a>`).join('\n'));
  };
}

function reference(answers: ReadonlyMap<string, Answer>, depth: number, elsewhere: string): string[] {
  const depths = new Map([['/', 0]]);
  const rows: string[] = [];
  for (const [path, at] of depths) {
    const { verdict, links } = arrival(answers, path);
    rows.push(`${path} ${verdict}`);
    for (const link of links) if (at < depth && !link.startsWith(elsewhere) && !depths.has(link)) depths.set(link, at + 1);
  }
  return rows.sort();
}

/** Where a request ends. Redirects from the other site are not followed. */
function arrival(answers: ReadonlyMap<string, Answer>, path: string): { verdict: string; links: readonly string[] } {
  for (let at = path; ; ) {
    if (at.startsWith('/private/')) return { verdict: 'robots', links: [] };
    if (!at.startsWith('/')) return { verdict: 'ok', links: [] };
    const answer = answers.get(at) ?? { status: 404 };
    if ('status' in answer) return { verdict: 'broken', links: [] };
    if ('links' in answer) return { verdict: 'ok', links: answer.links };
    at = answer.redirect;
  }
}
