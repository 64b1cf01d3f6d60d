# The program without the embedded servers' data: give it BACKFILL_DATABASE_URL and BACKFILL_REDIS_URL.
FROM python:3.13-slim AS build
WORKDIR /src
# Everything is pinned and hashed, the build's own tools too; what they install the program into has no pip.
COPY requirements.lock requirements-dev.lock pyproject.toml LICENSE ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-dev.lock \
    && python -m venv --without-pip /opt/backfill \
    && /opt/build/bin/pip --python /opt/backfill/bin/python install --no-cache-dir --require-hashes -r requirements.lock
COPY web/package.json web/package-lock.json web/.npmrc web/
RUN PATH=/opt/build/bin:$PATH npm --prefix web ci
COPY api api
COPY cli cli
COPY domain domain
COPY jobs jobs
COPY schema.graphql ./
COPY web web
RUN PATH=/opt/build/bin:$PATH npm --prefix web run build \
    && /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/build/bin/pip --python /opt/backfill/bin/python install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.13-slim
# Numeric, so that whoever runs it can tell that it is not root. It writes nothing: its root may be read-only.
RUN useradd --system --uid 10001 --user-group --create-home --home-dir /var/lib/backfill backfill
COPY --from=build /opt/backfill /opt/backfill
ENV PATH=/opt/backfill/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BACKFILL_HOST=0.0.0.0 \
    BACKFILL_PORT=8000 \
    BACKFILL_DATA_DIR=/var/lib/backfill \
    BACKFILL_LOG_FORMAT=json
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"BACKFILL_PORT\"]}/healthz', timeout=2)"]
CMD ["backfill", "serve", "--no-worker"]
