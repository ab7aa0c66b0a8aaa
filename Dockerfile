# The dashboard on one workspace; see README, "Docker".
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /opt/datadiet

# The CPU build of PyTorch, as pytorch.org documents it; the versions are those of requirements.txt.
RUN pip install torch==2.14.1 torchvision==0.29.1 --index-url https://download.pytorch.org/whl/cpu

COPY requirements.txt ./
RUN pip install --requirement requirements.txt

COPY pyproject.toml README.md LICENSE ./
COPY datadiet datadiet
COPY app app
RUN pip install --no-deps . \
    && useradd --create-home --uid 10001 datadiet \
    && install --directory --owner=datadiet --group=datadiet /workspace

USER 10001
WORKDIR /home/datadiet
ENV DATADIET_WORKSPACE=/workspace
VOLUME /workspace
EXPOSE 8501

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

# Inside the container it listens on every address; publish the port as -p 127.0.0.1:8501:8501.
CMD ["datadiet", "dashboard", "--host", "0.0.0.0", "--no-login-i-understand", "--workspace", "/workspace"]
