/*
 * driver: runs a fuzz target on stored inputs as a plain test: X_fuzz [FILE|FOLDER...]. Under BUILD=fuzz libFuzzer takes
 * its place. Besides each input as it is, the target sees it cut short, at a prefix of every length up to a limit, since
 * truncation is what real inputs suffer most. Each input stands in an allocation of exactly its size, so that the
 * sanitizer sees a read past its end.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PREFIXES = 256 }; /* more than this many cuts of one input are spread evenly */

static void try_bytes(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		abort();
	if (size)
		memcpy(copy, bytes, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void try_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(size ? size : 1);
	if (!file || !bytes || fread(bytes, 1, size, file) != size) {
		fprintf(stderr, "driver: %s: cannot be read\n", path);
		exit(2);
	}
	fclose(file);
	fprintf(stderr, "%s\n", path); /* the last one named is the one that crashed */
	try_bytes(bytes, size);
	size_t step = size / PREFIXES + 1;
	for (size_t cut = 0; cut < size; cut += step)
		try_bytes(bytes, cut);
	free(bytes);
}

/* Returns how many files were tried. */
static size_t try_path(const char *path)
{
	struct stat info;
	if (stat(path, &info) != 0) {
		perror(path);
		exit(2);
	}
	if (!S_ISDIR(info.st_mode)) {
		try_file(path, (size_t)info.st_size);
		return 1;
	}
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	size_t tried = 0;
	for (int i = 0; i < count; i++) {
		char inner[4096];
		if (entries[i]->d_name[0] != '.' &&
		    snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name) < (int)sizeof inner)
			tried += try_path(inner);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return tried;
}

int main(int argc, char **argv)
{
	size_t tried = 0;
	for (int i = 1; i < argc; i++)
		tried += try_path(argv[i]);
	printf("%zu inputs\n", tried);
	return tried ? 0 : 2;
}
