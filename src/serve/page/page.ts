/** The page. The script fills `main` from the API; there is nothing in it that came from outside. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Trawl</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<a class="brand" href="#/">Trawl</a>
<span id="redis" class="chip" role="status"></span>
<nav><a class="button primary" href="#/new">New run</a></nav>
</header>
<p id="away" class="warn" role="alert" hidden></p>
<main id="main" tabindex="-1"><noscript>This page needs JavaScript. The API works without: /api/openapi.json</noscript></main>
<dialog id="confirm" aria-labelledby="confirm-title">
<form method="dialog">
<h2 id="confirm-title"></h2>
<p id="confirm-text"></p>
<div class="actions"><button value="no">Keep it</button><button value="yes" class="danger"></button></div>
</form>
</dialog>
</body>
</html>
`;
