# The operator's image. Its last stage has Python, the locked dependencies and the operator: no shell, no
# pip, no compiler, and nothing that was not locked by hash.
#
# The bases are pinned by the digest of their index, so that a moved tag cannot change a build; with a
# digest that does not exist the build fails. Others can be given, of the same minor of Python and the
# same C library: docker build --build-arg BUILD_BASE=… --build-arg RUNTIME_BASE=…
ARG BUILD_BASE=docker.io/library/python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285
ARG RUNTIME_BASE=gcr.io/distroless/python3-debian13:nonroot@sha256:83aa8d4f74a4d7f7cf2d472054139bef71a927b76c680c0f2e1021d6b1d6d732

FROM ${BUILD_BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock requirements-build.lock ./
# Wheels only: nothing is compiled, so no compiler is needed here either.
RUN python3 -m venv tools \
 && tools/bin/pip install --require-hashes --only-binary :all: --requirement requirements-build.lock \
 && tools/bin/pip install --require-hashes --only-binary :all: --requirement requirements.lock --target /app
COPY pyproject.toml README.md LICENSE ./
COPY operator operator
# The scripts would name this stage's Python; their bytecode could not be kept on a read-only file system.
RUN tools/bin/pip install --no-deps --no-build-isolation --target /app . \
 && rm -r /app/bin \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${RUNTIME_BASE}
LABEL org.opencontainers.image.title="rollback-operator" \
      org.opencontainers.image.description="Puts the previous artifact of a Kubernetes Deployment back, once, safely, and on the record." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PYTHONPATH=/app PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1
COPY --from=build /app /app
# By number: the kubelet cannot tell that a name is not root's.
USER 65532:65532
ENTRYPOINT ["python3", "-m", "rollback_operator"]
