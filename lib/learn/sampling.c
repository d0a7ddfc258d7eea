#include "learn/sampling.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

static const char *const words[] = {"minority", "majority", "not-minority", "not-majority", "all", "auto"};
enum { WORDS = sizeof words / sizeof words[0], AUTO = WORDS - 1 };

static const char *const understood[] = {
	[NS_OVER_SAMPLING] = "auto, minority, not-minority, not-majority, all",
	[NS_UNDER_SAMPLING] = "auto, majority, not-minority, not-majority, all",
	[NS_CLEANING] = "auto, majority, not-minority, not-majority, all",
};

/* --- reading --- */

/* Position of the word, blanks being dashes; -1: none. */
static int find_word(const char *text)
{
	for (int i = 0; i < WORDS; i++) {
		const char *word = words[i];
		size_t at = 0;
		while (word[at] && (text[at] == word[at] || (text[at] == ' ' && word[at] == '-')))
			at++;
		if (!word[at] && !text[at])
			return i;
	}
	return -1;
}

static int take_word(struct ns_sampling *sampling, int word, struct ns_err *err)
{
	if (word == AUTO)
		word = sampling->kind == NS_OVER_SAMPLING ? NS_NOT_MAJORITY : NS_NOT_MINORITY;
	sampling->word = (enum ns_sampling_word)word;
	if (word == NS_MAJORITY && sampling->kind == NS_OVER_SAMPLING)
		return ns_fail(err, NS_ECALL, "--strategy majority: the largest class is what others grow to (%s)", understood[sampling->kind]);
	if (word == NS_MINORITY && sampling->kind != NS_OVER_SAMPLING)
		return ns_fail(err, NS_ECALL, "--strategy minority: rows go from larger classes (%s)", understood[sampling->kind]);
	return NS_OK;
}

static int take_ratio(struct ns_sampling *sampling, struct ns_err *err)
{
	sampling->word = NS_RATIO;
	if (sampling->ratio > 0 && sampling->ratio <= 1)
		return NS_OK;
	return ns_fail(err, NS_ECALL, "--strategy: %s is no ratio of the smaller class to the larger: above 0, at most 1", sampling->text);
}

static int refuse(const struct ns_sampling *sampling, struct ns_err *err)
{
	const char *near = ns_nearest_name(sampling->text, words, WORDS);
	if (near)
		return ns_fail(err, NS_ECALL, "--strategy: unknown word '%s' (did you mean '%s'?)", sampling->text, near);
	return ns_fail(err, NS_ECALL, "--strategy: '%s' is neither a word (%s) nor a number nor CLASS=ROWS", sampling->text,
		understood[sampling->kind]);
}

static int take_counts(struct ns_sampling *sampling, const struct ns_texts *given, struct ns_arena *arena, struct ns_err *err)
{
	uint64_t *counts = NS_NEW_ARRAY(arena, uint64_t, given->count);
	sampling->word = NS_COUNTS;
	sampling->counts = counts;
	sampling->names = (struct ns_texts){NS_NEW_ARRAY(arena, const char *, given->count), given->count};
	for (size_t i = 0; i < given->count; i++) {
		const char *text = given->items[i], *equals = strrchr(text, '=');
		int64_t count;
		if (!equals || equals == text)
			return ns_fail(err, NS_ECALL, "--strategy: '%s' is not CLASS=ROWS", text);
		if (!ns_integer_parse(&count, equals + 1, strlen(equals + 1)) || count < 0 || count >= UINT32_MAX)
			return ns_fail(err, NS_ECALL, "--strategy: '%s': '%s' is no number of rows", text, equals + 1);
		sampling->names.items[i] = ns_strndup(arena, text, (size_t)(equals - text));
		counts[i] = (uint64_t)count;
	}
	return NS_OK;
}

int ns_sampling_read(struct ns_sampling *sampling, enum ns_sampling_kind kind, const struct ns_texts *given, struct ns_arena *arena,
	struct ns_err *err)
{
	const char *text = given->count ? given->items[0] : "auto";
	int word = given->count <= 1 ? find_word(text) : -1;
	*sampling = (struct ns_sampling){.kind = kind, .text = text};
	if (word >= 0)
		return take_word(sampling, word, err);
	if (kind == NS_CLEANING) {
		sampling->word = NS_CLASSES;
		sampling->names = *given;
		return NS_OK;
	}
	if (given->count > 1 || strchr(text, '='))
		return take_counts(sampling, given, arena, err);
	if (ns_number_parse(&sampling->ratio, text, strlen(text)))
		return take_ratio(sampling, err);
	return refuse(sampling, err);
}

/* --- planning --- */

struct plan {
	size_t *wanted;
	const struct ns_sampling *sampling;
	const size_t *counts;
	const struct ns_labels *labels;
	uint32_t least, most;
};

static bool is_aimed_at(const struct plan *plan, uint32_t class)
{
	switch (plan->sampling->word) {
	case NS_MINORITY:
		return class == plan->least;
	case NS_MAJORITY:
		return class == plan->most;
	case NS_NOT_MINORITY:
		return class != plan->least;
	case NS_NOT_MAJORITY:
		return class != plan->most;
	default:
		return true;
	}
}

static void plan_word(const struct plan *plan)
{
	const size_t size[] = {
		[NS_OVER_SAMPLING] = plan->counts[plan->most], [NS_UNDER_SAMPLING] = plan->counts[plan->least], [NS_CLEANING] = 0};
	for (uint32_t c = 0; c < plan->labels->classes; c++)
		if (is_aimed_at(plan, c))
			plan->wanted[c] = size[plan->sampling->kind];
}

static int plan_ratio(const struct plan *plan, struct ns_err *err)
{
	const struct ns_sampling *sampling = plan->sampling;
	bool over = sampling->kind == NS_OVER_SAMPLING;
	uint32_t still = over ? plan->most : plan->least, moved = 1 - still;
	if (plan->labels->classes != 2)
		return ns_fail(err, NS_ECALL, "--strategy %s: a ratio is for two classes, here are %u (CLASS=ROWS,... says it for each)", sampling->text,
			plan->labels->classes);
	double has = (double)plan->counts[moved], of = (double)plan->counts[still];
	double size = over ? has + trunc(of * sampling->ratio - has) : trunc(of / sampling->ratio);
	if (over ? of * sampling->ratio < has : size > has)
		return ns_fail(err, NS_ECALL, "--strategy %s: class '%s' has %zu rows beside %zu, which is %s already: rows are only %s", sampling->text,
			plan->labels->names[moved], plan->counts[moved], plan->counts[still], over ? "more" : "less", over ? "added" : "taken away");
	plan->wanted[moved] = (size_t)size;
	return NS_OK;
}

static int find_class(uint32_t *class, const struct plan *plan, const char *name, struct ns_err *err)
{
	int32_t found = ns_labels_find(plan->labels, name);
	*class = (uint32_t)found;
	if (found >= 0 && plan->wanted[found] != NS_SAMPLING_ASIDE)
		return ns_fail(err, NS_ECALL, "--strategy: class '%s' is given twice", name);
	if (found >= 0)
		return NS_OK;
	const char *near = ns_nearest_name(name, plan->labels->names, plan->labels->classes);
	if (near)
		return ns_fail(err, NS_ECALL, "--strategy: the target has no class '%s' (did you mean '%s'?)", name, near);
	return ns_fail(err, NS_ECALL, "--strategy: the target has no class '%s'", name);
}

static int plan_count(const struct plan *plan, uint32_t class, size_t count, struct ns_err *err)
{
	const char *name = plan->labels->names[class];
	bool over = plan->sampling->kind == NS_OVER_SAMPLING;
	plan->wanted[class] = count;
	if (over ? count < plan->counts[class] : count > plan->counts[class])
		return ns_fail(err, NS_ECALL, "--strategy %s=%zu: the class has %zu rows, and rows are only %s", name, count, plan->counts[class],
			over ? "added" : "taken away");
	if (over && count > plan->counts[plan->most] && class != plan->most)
		ns_note("class '%s' becomes larger than the largest, '%s': %zu rows beside %zu", name, plan->labels->names[plan->most], count,
			plan->counts[plan->most]);
	return NS_OK;
}

int ns_sampling_plan(size_t *wanted, const struct ns_sampling *sampling, const size_t *counts, const struct ns_labels *labels, struct ns_err *err)
{
	struct plan plan = {.wanted = wanted, .sampling = sampling, .counts = counts, .labels = labels};
	for (uint32_t c = 0; c < labels->classes; c++) {
		wanted[c] = NS_SAMPLING_ASIDE;
		plan.most = counts[c] > counts[plan.most] ? c : plan.most;
		plan.least = counts[c] < counts[plan.least] ? c : plan.least;
	}
	if (sampling->word == NS_RATIO)
		return plan_ratio(&plan, err);
	if (sampling->word != NS_COUNTS && sampling->word != NS_CLASSES) {
		plan_word(&plan);
		return NS_OK;
	}
	for (size_t i = 0; i < sampling->names.count; i++) {
		uint32_t class;
		NS_TRY(find_class(&class, &plan, sampling->names.items[i], err));
		if (sampling->word == NS_CLASSES)
			wanted[class] = 0;
		else
			NS_TRY(plan_count(&plan, class, sampling->counts[i], err));
	}
	return NS_OK;
}
