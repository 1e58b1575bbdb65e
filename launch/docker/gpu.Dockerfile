# One image for NVIDIA GPUs; CUDA comes with the wheels, the driver from the host.
#
#   docker build -f launch/docker/gpu.Dockerfile -t unimr_jax:gpu .
#   docker run --gpus all -v "$PWD/runs:/runs" unimr_jax:gpu \
#       train --config=configs/quickstart.py --workdir=/runs/quickstart
FROM python:3.12-slim
ARG CUDA=13
WORKDIR /unimr_jax
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt "jax[cuda${CUDA}]"
COPY pyproject.toml README.md ./
COPY configs configs
COPY unimr_jax unimr_jax
RUN pip install --no-cache-dir --no-deps .
ENTRYPOINT ["python", "-m", "unimr_jax"]
