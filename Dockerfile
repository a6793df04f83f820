# The service on Node, in an image that holds what dist/node needs and nothing else. docs/operations.md says how it is run.
#
#   docker build --tag edge-auth .
#   docker buildx build --platform linux/amd64,linux/arm64 --tag REGISTRY/edge-auth --push .

# Debian's, for on Alpine no folder can be locked. It is the Node of the tests. Pin what was tried: append @sha256:…
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# The bundle is the same for every platform, so it is made on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# None of what builds needs its install script.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY drizzle ./drizzle
COPY src ./src
COPY tools ./tools
RUN node -r ./tools/require-node.cjs tools/build-node.ts

# The packages with a binary for each platform are installed on the one that the image is for.
FROM ${NODE_IMAGE} AS packages
WORKDIR /packages
COPY --from=build /build/dist/node/package.json /build/dist/node/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && node --input-type=module --eval "await import('@node-rs/argon2'); await import('fs-native-extensions')"

FROM ${NODE_IMAGE}
ARG VERSION=0.2.0-dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Edge Auth" \
  org.opencontainers.image.description="An authentication API for browser apps" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_FOLDER=/data/postgres
WORKDIR /app
# Nothing here installs packages. An embedded database, where one is meant, is in a volume at /data.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
    /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn* \
  && install -d -o 10001 -g 10001 -m 0700 /data
COPY LICENSE ./
COPY --from=packages /packages/node_modules ./node_modules
COPY --from=build /build/dist/node ./
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "health.js"]
ENTRYPOINT []
# The flags of `npm start`. Node gets the signals itself, for there is no shell and no npm above it.
CMD ["node", "--max-semi-space-size=32", "--heap-growing-percent=50", "--initial-old-space-size=24", "server.js"]
