/*
 * csv_bench FILE: MB/s of libcsv alone (empty callbacks), of the CSV reader, and of reader and writer with nothing changed.
 * The best of five rounds, each way in every round, so that the ratios hold on a noisy machine.
 */
#include <csv.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "table/stream.h"

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void field(void *text, size_t size, void *context)
{
	(void)text, (void)size;
	++*(size_t *)context;
}

static void row(int c, void *context)
{
	(void)c, (void)context;
}

static size_t parse_alone(const char *path)
{
	static char block[256 * 1024];
	struct csv_parser parser;
	size_t fields = 0;
	ssize_t size;
	int fd = open(path, O_RDONLY);
	csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
	while ((size = read(fd, block, sizeof block)) > 0)
		csv_parse(&parser, block, (size_t)size, field, row, &fields);
	csv_fini(&parser, field, row, &fields);
	csv_free(&parser);
	close(fd);
	return fields;
}

static size_t pass(const char *path, bool write)
{
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_bytes *bytes;
	struct ns_file *file;
	struct ns_table batch;
	struct ns_err err;
	void *reader, *writer;
	size_t fields = 0;
	int bad = ns_bytes_open(&bytes, path, false, &err) || ns_format_csv.open(&reader, &batch, bytes, &options, NULL, &arena, &err) ||
		ns_file_create(&file, "/dev/null", &err) || ns_format_csv.start(&writer, &batch, file, &options, &arena, &err);
	do {
		bad = bad || ns_format_csv.next(&batch, reader, &err) ||
			(write && ns_format_csv.write(writer, &batch, NULL, 0, &err));
		fields += bad ? 0 : batch.rows * batch.width;
	} while (!bad && batch.rows);
	if (bad || ns_format_csv.finish(writer, &err) || ns_file_commit(file, &err)) {
		ns_complain("%s", err.text);
		exit(1);
	}
	ns_format_csv.close(reader);
	ns_bytes_close(bytes);
	ns_arena_release(&arena);
	return fields;
}

int main(int argc, char **argv)
{
	struct stat status;
	if (argc != 2 || stat(argv[1], &status))
		return 2;
	static const char *const names[] = {"libcsv", "reader", "reader and writer"};
	double best[3] = {1e9, 1e9, 1e9};
	size_t fields = 0;
	for (int round = 0; round < 5; round++) {
		for (int way = 0; way < 3; way++) {
			double start = now();
			fields = way == 0 ? parse_alone(argv[1]) : pass(argv[1], way == 2);
			double took = now() - start;
			best[way] = took < best[way] ? took : best[way];
		}
	}
	printf("%s: %zu fields\n", argv[1], fields);
	for (int way = 0; way < 3; way++)
		printf("%-18s %7.0f MB/s  %.2f of libcsv\n", names[way], 1e-6 * (double)status.st_size / best[way], best[0] / best[way]);
	return 0;
}
