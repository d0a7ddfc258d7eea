# The tools in a small image: docker build -t netsec . && docker run --rm -i netsec ns-convert -O arrow < my.csv
# Training too: docker run --rm -v "$PWD:/work" netsec make -f /usr/local/share/netsec/pipeline.mk model DATA=my.csv TARGET=label
FROM debian:12-slim AS build
WORKDIR /src
COPY scripts/install-deps scripts/
RUN sh scripts/install-deps
COPY . .
RUN make -j"$(nproc)" tools && make install PREFIX=/usr/local DESTDIR=/stage

FROM debian:12-slim
RUN apt-get update -qq \
	&& apt-get install -y -qq --no-install-recommends ca-certificates libcsv3 liblz4-1 libmongoc-1.0-0 libpcre2-8-0 libsvm3 libxgboost0 libyaml-0-2 libzstd1 make zlib1g \
	&& rm -rf /var/lib/apt/lists/*
COPY --from=build /stage/usr/local /usr/local
RUN useradd --create-home netsec && mkdir /work && chown netsec /work
USER netsec
WORKDIR /work
CMD ["ns-predict", "--help"]
