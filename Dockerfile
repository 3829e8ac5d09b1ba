# The tool with its service, for a CPU, without PyTorch. docker-compose.yml runs it beside Qdrant:
#
#   docker compose --profile serve up -d
FROM python:3.11-slim

COPY . /src
RUN pip install --no-cache-dir --constraint /src/constraints.txt '/src[serve]' && rm -rf /src \
    && useradd --create-home --uid 10001 isco \
    && install -d -o isco /data
USER isco

# Everything that is stored; set where a volume is mounted.
ENV ISCO_DATA_DIR=/data
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["isco"]
CMD ["serve"]
