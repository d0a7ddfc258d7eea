#include "table/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/library.h"

#define FILE_NAME "libpcre2-8.so.0"

/*
 * How often a match may go back from one place of a text, and from all of them together, which is some seconds' worth; of its memory,
 * in KiB; bytes of the machine code's stack.
 */
enum { STEPS = 1000000, STEPS_INTERPRETED = 200000000, STEPS_COMPILED = 2000000000 };
enum { DEPTH = 100000, HEAP = 20 * 1024, STACK_START = 32 * 1024, STACK = 512 * 1024 };

#define FUNCTIONS(_)                                                                                                    \
	_(pcre2_compile_context_create_8) _(pcre2_compile_context_free_8) _(pcre2_set_newline_8) _(pcre2_set_bsr_8)    \
	_(pcre2_compile_8) _(pcre2_code_free_8) _(pcre2_get_error_message_8) _(pcre2_jit_compile_8)                    \
	_(pcre2_jit_stack_create_8) _(pcre2_jit_stack_assign_8) _(pcre2_jit_stack_free_8) _(pcre2_match_context_create_8) \
	_(pcre2_match_context_free_8) _(pcre2_set_match_limit_8) _(pcre2_set_depth_limit_8) _(pcre2_set_heap_limit_8)  \
	_(pcre2_match_data_create_8) _(pcre2_pattern_info_8) _(pcre2_match_data_free_8) _(pcre2_match_8)

struct pcre {
#define MEMBER(name) __typeof__(&name) name;
	FUNCTIONS(MEMBER)
#undef MEMBER
};

struct ns_regex {
	struct pcre pcre;
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* NULL: the pattern is interpreted */
};

static int load(struct pcre *pcre, struct ns_err *err)
{
	void *library;
	NS_TRY(ns_library_open(&library, FILE_NAME, "a regular expression needs libpcre2 (Debian's package libpcre2-8-0)", err));
#define FIND(name) \
	NS_TRY(ns_library_find(&pcre->name, library, #name, "libpcre2", "netsec needs version 10.34 or a later one that is like it", err));
	FUNCTIONS(FIND)
#undef FIND
	return NS_OK;
}

static void release(void *what)
{
	struct ns_regex *regex = what;
	const struct pcre *pcre = &regex->pcre;
	pcre->pcre2_jit_stack_free_8(regex->stack);
	pcre->pcre2_match_context_free_8(regex->context);
	pcre->pcre2_match_data_free_8(regex->data);
	pcre->pcre2_code_free_8(regex->code);
}

static int compile(struct ns_regex *regex, size_t *wrong, struct ns_span pattern, struct ns_err *err)
{
	const struct pcre *pcre = &regex->pcre;
	pcre2_compile_context *context = pcre->pcre2_compile_context_create_8(NULL);
	if (!context)
		ns_die_of_memory();
	pcre->pcre2_set_newline_8(context, PCRE2_NEWLINE_LF);
	pcre->pcre2_set_bsr_8(context, PCRE2_BSR_UNICODE);
	int problem;
	regex->code = pcre->pcre2_compile_8((PCRE2_SPTR)pattern.data, pattern.size, PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
		&problem, wrong, context);
	pcre->pcre2_compile_context_free_8(context);
	if (regex->code)
		return NS_OK;
	char message[256] = "";
	pcre->pcre2_get_error_message_8(problem, (PCRE2_UCHAR *)message, sizeof message);
	return ns_fail(err, NS_ECALL, "this is no pattern: %s", message);
}

static void make_machine_code(struct ns_regex *regex)
{
	const struct pcre *pcre = &regex->pcre;
	size_t size = 0;
	if (pcre->pcre2_jit_compile_8(regex->code, PCRE2_JIT_COMPLETE) != 0 || pcre->pcre2_pattern_info_8(regex->code, PCRE2_INFO_JITSIZE, &size) != 0 ||
	    size == 0)
		return;
	regex->stack = pcre->pcre2_jit_stack_create_8(STACK_START, STACK, NULL);
	if (!regex->stack)
		ns_die_of_memory();
	pcre->pcre2_jit_stack_assign_8(regex->context, NULL, regex->stack);
}

int ns_regex_compile(struct ns_regex **out, size_t *wrong, struct ns_span pattern, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_regex *regex = *out = NS_NEW(arena, struct ns_regex);
	const struct pcre *pcre = &regex->pcre;
	*wrong = 0;
	NS_TRY(load(&regex->pcre, err));
	NS_TRY(compile(regex, wrong, pattern, err));
	regex->data = pcre->pcre2_match_data_create_8(1, NULL);
	regex->context = pcre->pcre2_match_context_create_8(NULL);
	if (!regex->data || !regex->context)
		ns_die_of_memory();
	ns_arena_defer(arena, release, regex);
	pcre->pcre2_set_depth_limit_8(regex->context, DEPTH);
	pcre->pcre2_set_heap_limit_8(regex->context, HEAP);
	make_machine_code(regex);
	return NS_OK;
}

static int match(const struct ns_regex *regex, struct ns_span text, size_t steps_in_all, uint32_t options)
{
	size_t steps = steps_in_all / (text.size + 1);
	regex->pcre.pcre2_set_match_limit_8(regex->context, steps < STEPS ? (uint32_t)steps : STEPS);
	return regex->pcre.pcre2_match_8(regex->code, (PCRE2_SPTR)text.data, text.size, 0, options, regex->data, regex->context);
}

static const char too_costly[] = "the pattern would try too many ways to match this text (slice(...) shortens it; a repetition within a repetition takes most)";

const char *ns_regex_match(bool *found, const struct ns_regex *regex, struct ns_span text)
{
	if (text.size > NS_REGEX_TEXT)
		return "the text is too long for a pattern, over 65536 bytes: slice(..., 1, 10000) is its beginning";
	int result = regex->stack ? match(regex, text, STEPS_COMPILED, 0) : PCRE2_ERROR_JIT_STACKLIMIT;
	if (result == PCRE2_ERROR_JIT_STACKLIMIT)
		result = match(regex, text, STEPS_INTERPRETED, PCRE2_NO_JIT);
	*found = result >= 0;
	return result >= 0 || result == PCRE2_ERROR_NOMATCH ? NULL : too_costly;
}
