# One image for TPUs on GKE.
#
#   docker build -f launch/docker/tpu.Dockerfile -t REGION-docker.pkg.dev/PROJECT/REPOSITORY/unimr_jax:tpu .
FROM python:3.12-slim
WORKDIR /unimr_jax
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt "jax[tpu]"
COPY pyproject.toml README.md ./
COPY configs configs
COPY unimr_jax unimr_jax
RUN pip install --no-cache-dir --no-deps .
ENTRYPOINT ["python", "-m", "unimr_jax"]
