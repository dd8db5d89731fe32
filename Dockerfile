# Undertone with its models, for a CPU:            docker build -t undertone .
# for NVIDIA GPUs (gigabytes of CUDA libraries):   docker build -t undertone:cuda --build-arg TORCH=cuda .
# A CPU needs no torch; Hugging Face models do (EXTRAS=hf), and bring its CPU build.
# with models of the hub beside its own:           docker build -t undertone --build-arg EXTRAS=hf --build-arg MODELS="owner/name" .
#
# Runs as any numeric user, on a read-only root with a small /tmp, without network and without a shell.
# BASE may be pinned harder, to a digest: --build-arg BASE=docker.io/library/python@sha256:...
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS packages
# none; cpu; cuda for the default build of the package index; or uv's name for another CUDA (cu126, cu128).
ARG TORCH=none
ARG TORCH_VERSION=2.13.0
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python3 -m venv /opt/venv && apt-get update -qq && apt-get install -y -qq --no-install-recommends binutils
# Extras, separated by spaces: otel (traces), hf (Hugging Face models), ct2 (translators in CTranslate2).
ARG EXTRAS=
# torch first and in its own layer, because it is the largest part and changes least. As in scripts/install.sh, pip is asked for
# the build by name, and if it knows none, uv finds the right index.
RUN case "${TORCH} ${EXTRAS}" in "none "*hf*) TORCH=cpu ;; esac; \
    if [ "${TORCH}" = none ]; then echo "without torch"; \
    elif [ "${TORCH}" = cuda ]; then /opt/venv/bin/pip install -q "torch==${TORCH_VERSION}"; else \
    /opt/venv/bin/pip install -q "torch==${TORCH_VERSION}+${TORCH}" || \
    { /opt/venv/bin/pip install -q "uv>=0.8,<1" && \
      /opt/venv/bin/uv pip install -q --no-cache --python /opt/venv/bin/python --torch-backend="${TORCH}" \
        "torch==${TORCH_VERSION}" && \
      /opt/venv/bin/pip uninstall -q -y uv; }; fi
# All other packages in the releases of scripts/pin.sh.
COPY pyproject.toml scripts/slim.py scripts/requirements.py deploy/constraints.txt ./
RUN python3 requirements.py ${EXTRAS} >requirements.txt && \
    /opt/venv/bin/pip install -q -r requirements.txt -c constraints.txt && \
    /opt/venv/bin/python slim.py /opt/venv

FROM packages AS application
COPY LICENSE README.md ./
COPY app app
RUN python3 -m pip install -q --no-deps --target /opt/undertone . && \
    sed -i '1s|.*|#!/opt/venv/bin/python|' /opt/undertone/bin/undertone && \
    python3 -m compileall -q /opt/undertone
COPY models models
# The build fails unless each runtime that is there answers in the slimmed environment.
RUN export PATH=/opt/undertone/bin:/opt/venv/bin PYTHONPATH=/opt/undertone PYTHONDONTWRITEBYTECODE=1 \
      UNDERTONE_MODELS_DIR=/build/models UNDERTONE_CPU_ENGINES=1 UNDERTONE_CACHE_DIR=/build/cache && \
    for runtime in onnx $(python -c "import torch; print('torch')" 2>/dev/null); do \
      UNDERTONE_RUNTIME=$runtime undertone sentiment "I love this phone" && \
      UNDERTONE_RUNTIME=$runtime undertone translate --to de "A man is standing on a ladder." || exit 1; \
    done

# Models from elsewhere, by ids of a hub, and options of `undertone models add`; they need EXTRAS=hf and a network.
FROM application AS added
ARG MODELS=
RUN mkdir /added && \
    export PATH=/opt/undertone/bin:/opt/venv/bin PYTHONPATH=/opt/undertone PYTHONDONTWRITEBYTECODE=1 HF_HOME=/build/hub && \
    if [ -n "${MODELS}" ]; then undertone models add --models-dir /added ${MODELS}; fi

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
# Amazon SageMaker asks port 8080: --build-arg PORT=8080 --build-arg COMPAT=sagemaker (docs/clients.md).
ARG PORT=8000
ARG COMPAT=
LABEL org.opencontainers.image.title="Undertone" \
      org.opencontainers.image.description="Sentiment and translation inference as a web service" \
      org.opencontainers.image.licenses="MIT AND LicenseRef-undertone-models" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=packages /opt/venv /opt/venv
COPY models /opt/undertone/models
COPY --from=added /added /opt/undertone/models
COPY --from=application /opt/undertone /opt/undertone
# For a volume, which keeps graphs from one start to the next and shares them between engines. Any user may write to it.
# Likewise for the folder of models, in a volume of which `undertone models add` puts more.
RUN install -d -m 1777 /var/cache/undertone && chmod 1777 /opt/undertone/models
# HOME is for users without an entry in /etc/passwd. No bytecode is written, because the root may be read-only.
ENV PATH=/opt/undertone/bin:/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/undertone \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    UNDERTONE_CACHE_DIR=/var/cache/undertone \
    UNDERTONE_HOST=0.0.0.0 \
    UNDERTONE_PORT=${PORT} \
    UNDERTONE_COMPAT=${COMPAT}
WORKDIR /opt/undertone
USER 10001:10001
EXPOSE ${PORT}
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "app.health"]
ENTRYPOINT ["undertone"]
CMD ["serve"]
