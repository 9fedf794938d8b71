FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.js scripts/bundle.js scripts/bundled-bullmq.js scripts/bundled-lua.js scripts/bundled-opentelemetry.js scripts/bundled-page.js scripts/
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY scripts/demo-site.ts scripts/as-folder-owner.sh scripts/
# Users mount their lists and a data folder here. Without a mount, runs stay in the container. /data/runs is writable for everyone, because `docker run --user` can be any user.
RUN mkdir -p /lists /data/runs && chmod 1777 /data/runs \
  && ln -s /app/dist/cli/main.js /usr/local/bin/trawl && chmod 755 dist/cli/main.js scripts/as-folder-owner.sh
ENV TRAWL_DATA_DIR=/data/runs
WORKDIR /lists
USER node
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["--help"]
