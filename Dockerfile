# For people who build with Docker: docker build -t service-mirror/operator:0.1.0 .
# The tests and the demo do not use it: `make image` writes the same program as an OCI archive without a Docker daemon.
ARG BUILD=node:24-bookworm
# any image with Node 24 will do, for example a distroless one from a registry of your own
ARG BASE=node:24-bookworm-slim

FROM ${BUILD} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run bundle
# the program for kubectl exec: the base image may have no shell
RUN printf '#!/usr/local/bin/node\nrequire("/app/main.cjs");\n' > build/service-mirror && chmod 755 build/service-mirror

FROM ${BASE}
# environment and flags as in tools/images/node.ts
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
COPY --from=build /src/build/bundle /app
COPY --from=build /src/build/service-mirror /usr/local/bin/service-mirror
USER 65532:65532
ENTRYPOINT ["node", "--max-semi-space-size=2", "--liftoff-only", "--no-use-osr", "/app/main.cjs"]
